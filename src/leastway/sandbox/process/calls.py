"""Parsing of AWS requests: service, action, access key, source address, and whether the call changes anything.

`X-Forwarded-For` sets the source address, so that a rehearsal can pretend any address; without it, the source is
127.0.0.1.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from leastway.sandbox.http1 import HttpRequest
from leastway.sandbox.process.engine import require

__all__ = ["ApiCall", "read_call", "read_source"]

_FORM_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z0-9]+)")
_READS = re.compile(r"Get|List|Describe|Head|Simulate|Generate|Search|Lookup|Decode|AssumeRole|HEAD |GET ")
_router = functools.partial(require, "core.router")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One AWS call before it is processed. Without credentials, `access_key` and `region` are empty."""

    service: str
    """The service that the request is for, by ministack's name: `iam`."""
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


def read_call(request: HttpRequest) -> ApiCall:
    """Parse a request as ministack does, without verifying its signature."""
    method, path, form_action = request.method, request.path, _FORM_ACTION.search(request.body)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    query = parse_qs(request.target.partition("?")[2])
    sent = {**query, "Action": [form_action[1].decode("ascii")]} if form_action else query
    service = _router("detect_service")(method, path, headers, sent)
    name = require("core.iam_actions", "extract_iam_action")(service, method, path, headers, b"", sent)
    action = name.partition(":")[2] if name else f"{method} {path}"
    region = _router("extract_signed_region")(headers, query) or ""
    return ApiCall(service, action, region, _router("extract_access_key_id")(headers, query))


def read_source(request: HttpRequest) -> str:
    """Return the source address of a request; ValueError if the header is not an address."""
    forwarded = dict(request.headers).get(b"x-forwarded-for")
    if forwarded is None:
        return request.client
    return str(ipaddress.ip_address(forwarded.decode("latin-1").partition(",")[0].strip()))
