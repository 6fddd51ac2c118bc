"""Parsing of AWS requests: service, action, access key, source address, and whether the call changes anything.

`X-Forwarded-For` sets the source address, so that a rehearsal can pretend any address; without it, the source is
127.0.0.1.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from leastway.sandbox.process.engine import require

__all__ = ["ApiCall", "read_call", "read_source"]

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]+/([^/]+)/([^/]+)/")
_PRESIGNED = re.compile(r"([^/]+)/[^/]+/([^/]+)/([^/]+)/")
_FORM_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z0-9]+)")
_READS = re.compile(r"Get|List|Describe|Head|Simulate|Generate|Search|Lookup|Decode|AssumeRole|HEAD |GET ")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One AWS call before it is processed. Without credentials, `access_key` and `region` are empty."""

    service: str
    """The IAM prefix of the service that the request was signed for, e.g. `iam`."""
    action: str
    """`CreateUser`; for a service without actions in its requests, method and path."""
    region: str
    access_key: str

    @property
    def name(self) -> str:
        """The action as in policies: `iam:CreateUser`."""
        return f"{self.service}:{self.action}"

    @property
    def mutating(self) -> bool:
        """Whether the call changes state if it succeeds, according to the first word of its action."""
        return not _READS.match(self.action)

    @property
    def account(self) -> str:
        """The account of the access key, or an empty string if the key is unknown."""
        if self.access_key.isdecimal() and len(self.access_key) == 12:
            return self.access_key
        session = require("core.responses", "_account_from_sts_session")(self.access_key)
        return session or require("core.iam_evaluator", "find_iam_access_key_account")(self.access_key) or ""


def read_call(scope: MutableMapping[str, Any], headers: dict[bytes, bytes], body: bytes) -> ApiCall:
    """Parse a request, without verifying its signature."""
    query = parse_qs(scope["query_string"].decode("latin-1")) if scope["query_string"] else {}
    signed = _CREDENTIAL.search(headers.get(b"authorization", b"").decode("latin-1"))
    signed = signed or _PRESIGNED.match(query.get("X-Amz-Credential", [""])[0])
    access_key, region, service = signed.groups() if signed else ("", "", "")
    return ApiCall(service, _action(scope, service, headers, query, body), region, access_key)


def _action(
    scope: MutableMapping[str, Any],
    service: str,
    headers: dict[bytes, bytes],
    query: dict[str, list[str]],
    body: bytes,
) -> str:
    target = headers.get(b"x-amz-target", b"").decode("latin-1")
    if "." in target:
        return target.rpartition(".")[2]
    if form := _FORM_ACTION.search(body):
        return form[1].decode("ascii")
    if "Action" in query:
        return query["Action"][0]
    method, path = scope["method"], scope["path"]
    return require("core.iam_actions", "_match_rest_action")(service, method, path, query) or f"{method} {path}"


def read_source(scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> str:
    """Return the source address of a request; ValueError if the header is not an address."""
    forwarded = headers.get(b"x-forwarded-for")
    if forwarded is None:
        return str(scope["client"][0])
    return str(ipaddress.ip_address(forwarded.decode("latin-1").partition(",")[0].strip()))
