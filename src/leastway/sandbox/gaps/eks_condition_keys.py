"""The condition keys of EKS that restrict who can give access to whom.

AWS (Service Authorization Reference, Amazon EKS, "Condition keys"): `eks:principalArn`, `eks:accessEntryType`,
`eks:kubernetesGroups` and `eks:username` describe the access entry of a request, `eks:policyArn`, `eks:accessScope`
and `eks:namespaces` describe the association, and `eks:authenticationMode` is the cluster's requested mode. ministack:
none of them exist.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leastway.sandbox.process.engine import Function, change, eks


@change("core.iam_actions", "request_tag_context")
def _context(original: Function, service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
    context: dict[str, Any] = original(service, action, body, params)
    if service != "eks" or not body:
        return context
    sent = json.loads(body)
    scope = sent.get("accessScope") or {}
    keys = {
        **(_entry_keys(sent) if action == "eks:CreateAccessEntry" else {}),
        "eks:policyArn": sent.get("policyArn"),
        "eks:accessScope": scope.get("type"),
        "eks:namespaces": scope.get("namespaces"),
        "eks:authenticationMode": (sent.get("accessConfig") or {}).get("authenticationMode"),
    }
    return {**context, **{key: value for key, value in keys.items() if value}}


def _entry_keys(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eks:principalArn": entry.get("principalArn"),
        "eks:accessEntryType": entry.get("type") or "STANDARD",
        "eks:kubernetesGroups": entry.get("kubernetesGroups"),
        "eks:username": entry.get("username"),
    }


@change("core.iam_evaluator", "enforce")
def _enforce(original: Function, *call: Any, **details: Any) -> Any:
    resource = details.get("resource_arn", "")
    if ":access-entry/" in resource:
        for entry in eks("_access_entries").values():
            if entry["accessEntryArn"] == resource:
                keys = {**_entry_keys(entry), "eks:clusterName": entry["clusterName"]}
                context = {key: value for key, value in keys.items() if value}
                details["service_context"] = {**(details.get("service_context") or {}), **context}
    return original(*call, **details)
