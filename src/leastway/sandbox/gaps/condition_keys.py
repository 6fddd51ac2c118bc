"""The condition keys of a request, of its caller and of its resource.

aws:ViaAWSService and aws:PrincipalIsAWSService are in every request.

AWS (IAM User Guide, "AWS global condition context keys"): both keys are always in the request, and `false` for calls
that a user or role makes directly. ministack: both keys are always missing, so `Bool aws:ViaAWSService false`, which
exempts calls by a service from a Deny on source addresses, is never true and the Deny never applies.

aws:PrincipalArn of a role session is the role's ARN.

AWS (IAM User Guide, "AWS global condition context keys", aws:PrincipalArn): for a role session the value of the key is
the ARN of the role, with its path, not of the session. ministack: the ARN of the session.

sts:ExternalId and sts:RoleSessionName in identity policies.

AWS (Service Authorization Reference, AWS STS, "Condition keys"): both are keys of the request, for identity policies as
for trust policies. ministack: identity policies do not see them.

aws:ResourceTag for EKS, and for IAM's managed policies.

AWS (Service Authorization Reference, Amazon EKS and IAM): clusters, node groups, access entries and managed policies
have `aws:ResourceTag/${TagKey}`; ListClusters has no resource and so never has the key. ministack: none of them has the
key, so a policy with a tag condition never allows describing a tagged cluster.

The condition keys of EKS that restrict who can give access to whom.

AWS (Service Authorization Reference, Amazon EKS, "Condition keys"): `eks:principalArn`, `eks:accessEntryType`,
`eks:kubernetesGroups` and `eks:username` describe the access entry of a request, `eks:policyArn`, `eks:accessScope`
and `eks:namespaces` describe the association, and `eks:authenticationMode` is the cluster's requested mode. ministack:
none of them exist.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leastway.sandbox.gaps.iam_api import argument
from leastway.sandbox.process.engine import Function, change, eks, iam


@change("core.iam_evaluator", "_resolve_condition_key")
def _resolve(original: Function, key: str, ctx: Any) -> Any:
    match key.lower():
        case "aws:viaawsservice" | "aws:principalisawsservice":
            return "false"
        case "aws:principalarn":
            return eks("_role_arn_from_assumed_role")(ctx.principal_arn) or ctx.principal_arn
        case _:
            return original(key, ctx)


@change("core.iam_actions", "request_tag_context")
def _context(original: Function, service: str, action: str, body: bytes, params: dict[str, Any]) -> Any:
    keys: Mapping[str, Any] = {}
    if action == "sts:AssumeRole":
        keys = {f"sts:{name}": argument(params, name) for name in ("ExternalId", "RoleSessionName")}
    elif service == "eks" and body:
        keys = _sent_keys(action, json.loads(body))
    return original(service, action, body, params) | _present(keys)


def _sent_keys(action: str, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    scope = sent.get("accessScope") or {}
    return {
        **(_entry_keys(sent) if action == "eks:CreateAccessEntry" else {}),
        "eks:policyArn": sent.get("policyArn"),
        "eks:accessScope": scope.get("type"),
        "eks:namespaces": scope.get("namespaces"),
        "eks:authenticationMode": (sent.get("accessConfig") or {}).get("authenticationMode"),
    }


def _entry_keys(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "eks:principalArn": entry.get("principalArn"),
        "eks:accessEntryType": entry.get("type") or "STANDARD",
        "eks:kubernetesGroups": entry.get("kubernetesGroups"),
        "eks:username": entry.get("username"),
    }


def _present(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value}


@change("core.iam_evaluator", "enforce")
def _enforce(original: Function, *call: Any, **details: Any) -> Any:
    _access_key, _action, service, *_ = call
    if keys := _resource_keys(service, details.get("resource_arn", "*")):
        details["service_context"] = {**(details.get("service_context") or {}), **keys}
    return original(*call, **details)


def _resource_keys(service: str, arn: str) -> Mapping[str, Any]:
    if service == "iam" and ":policy/" in arn:
        tags = {tag["Key"]: tag["Value"] for tag in (iam("_policies").get(arn) or {}).get("Tags", ())}
    elif service == "eks":
        tags = eks("_tags").get(arn) or {}
    else:
        return {}
    keys = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    if ":access-entry/" in arn:
        entry = next((each for each in eks("_access_entries").values() if each["accessEntryArn"] == arn), None)
        keys |= _present({**_entry_keys(entry), "eks:clusterName": entry["clusterName"]}) if entry else {}
    return keys
