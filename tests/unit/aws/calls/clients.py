"""Requests of real clients: what botocore would send, caught before it is sent, as the gateway sees it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from leastway.aws.calls import Access, Call, Hosts, WireRequest, name_call
from leastway.ports import SessionKeys
from leastway.primitives import Partition, Secret

ACCOUNT = "123456789012"
REGION = "eu-central-1"
KEYS = SessionKeys("AKIAIOSFODNN7EXAMPLE", Secret("surrogate-secret"), Secret("surrogate-token"))
"""The surrogate's keys."""
HOSTS = Hosts(Partition.AWS, ACCOUNT)
SESSION = botocore.session.Session()
SESSION.set_credentials(KEYS.key_id, KEYS.secret.reveal(), KEYS.token.reveal() if KEYS.token else "")
_CLIENTS: dict[Any, Any] = {}


class _SentError(Exception):
    """Carries the request out of botocore."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__()
        self.request = request


def _stop(request: AWSPreparedRequest, **_: Any) -> None:
    raise _SentError(request)


def client(service: str, region: str = REGION, **config: Any) -> Any:
    """Return a client of botocore whose requests are caught."""
    key = (service, region, tuple(sorted((name, str(value)) for name, value in config.items())))
    if key not in _CLIENTS:
        made = SESSION.create_client(
            service,
            region,
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, **config),
        )
        made.meta.events.register_last("before-send.*", _stop)
        _CLIENTS[key] = made
    return _CLIENTS[key]


def caught(
    service: str, operation: str, parameters: dict[str, Any], region: str = REGION, **config: Any
) -> WireRequest:
    """Return the request that botocore sends for an operation."""
    made = client(service, region, **config)
    try:
        made._make_api_call(operation, parameters)
    except _SentError as sent:
        return wire(sent.request)
    raise AssertionError("nothing was sent")


def wire(request: AWSPreparedRequest) -> WireRequest:
    """Return a prepared request of botocore as it stands on the wire."""
    parts = urlsplit(request.url)
    body: Any = request.body
    if body is not None and not isinstance(body, bytes | bytearray):
        body = body.encode() if isinstance(body, str) else body.read()
    given: list[tuple[str, Any]] = list(request.headers.items())
    headers = [
        (name.lower(), value.decode() if isinstance(value, bytes) else str(value).strip()) for name, value in given
    ]
    if not any(name == "host" for name, _ in headers):
        headers.append(("host", parts.netloc))
    return WireRequest(
        request.method or "",
        parts.hostname or "",
        parts.port or 443,
        parts.path or "/",
        parts.query,
        tuple(headers),
        bytes(body or b""),
    )


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def named(service: str, operation: str, parameters: dict[str, Any]) -> Call:
    found = name_call(caught(service, operation, parameters), HOSTS)
    assert isinstance(found, Call), found
    return found


def shown(access: Access) -> str:
    resource = "?" if access.resource is None else f"{'~' if access.is_pattern else ''}{access.resource}"
    return f"{access.action} {resource}"
