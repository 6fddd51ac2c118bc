"""Signature Version 4 in the Authorization header: reading it, verifying it, and signing what is sent.

Verifying and signing compute the same value, so they share one function. A test compares it with botocore's signers.

Rules:
1. One Authorization header, algorithm AWS4-HMAC-SHA256. Presigned, unsigned, SigV4A and bearer requests are refused by
   name.
2. The scope's date is that of X-Amz-Date, which differs from the clock by at most 15 minutes. Host and X-Amz-Date are
   signed.
3. Signatures and tokens are compared in constant time.
4. What is sent carries the session's credentials only: every header of the client that has credentials is dropped.

Source: IAM User Guide, "Create a signed AWS API request"; Amazon S3 API Reference, "Signature Calculations".
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from leastway.aws.calls.call import Call, Payload
from leastway.aws.calls.refusal import RefusalError, RefusalReason, RefusedCall
from leastway.aws.calls.wire import WireRequest, check_wire, read_query
from leastway.ports import SessionKeys
from leastway.primitives import Secret

__all__ = ["Authorization", "payload_of", "read_authorization", "sign", "verify"]

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SKEW: Final = dt.timedelta(minutes=15)
_CREDENTIAL: Final = re.compile(r"([A-Za-z0-9]{16,128})/([0-9]{8})/([a-z0-9-]+)/([A-Za-z0-9-]+)/aws4_request").fullmatch
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}").fullmatch
_HEADERS: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*").fullmatch
_TIME: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z").fullmatch
_OFF: Final = "X-Amz-Date is more than 15 minutes off: set the clocks of the run's machine and of the server's right"
_SINGLE_ENCODED: Final = frozenset({"s3", "s3express", "s3-outposts", "s3-object-lambda"})
"""Signing names whose path is not encoded a second time."""
_SIGNED_CHUNKS: Final = "STREAMING-AWS4-"
_PRESIGNED: Final = frozenset({"x-amz-signature", "x-amz-credential", "x-amz-algorithm", "awsaccesskeyid", "signature"})
"""Parameters of presigned URLs, in lower case."""
_MOST_KEYS: Final = 256
"""Signing keys that are kept: a session has one for each day, region and service."""
_NOT_SENT: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-s3session-token",
        "x-amz-security-token",
    }
)
"""Headers of the client that end here; those that are needed are written anew."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the Authorization header says. `key_id` names the surrogate."""

    key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def read_authorization(request: WireRequest) -> Authorization | RefusedCall:
    """Read the header, or say why the request is refused. The signature is not verified: `verify` does that."""
    try:
        check_wire(request)
        return _read(request)
    except RefusalError as error:
        return error.refused


def _read(request: WireRequest) -> Authorization:
    if request.query and not _PRESIGNED.isdisjoint(name.lower() for name, _ in read_query(request.query)):
        what = "the URL is presigned; the gateway signs headers only"
        raise RefusalError(RefusalReason.PRESIGNED, what)
    text = request.header("authorization")
    if text is None:
        if (request.header("content-type") or "").lower().startswith("multipart/form-data"):
            raise RefusalError(RefusalReason.FORM_UPLOAD, "uploads by an HTML form are not supported")
        raise RefusalError(RefusalReason.UNSIGNED, "the request is not signed")
    algorithm, _, rest = text.partition(" ")
    if algorithm.startswith("AWS4-ECDSA"):
        raise RefusalError(RefusalReason.SIGV4A, "Signature Version 4A is not supported; use a regional endpoint")
    if algorithm != _ALGORITHM:
        raise RefusalError(RefusalReason.UNSIGNED, "the request is not signed with Signature Version 4")
    fields = _fields(rest)
    credential = _CREDENTIAL(fields["Credential"])
    if credential is None or not _SIGNATURE(fields["Signature"]) or not _HEADERS(fields["SignedHeaders"]):
        raise RefusalError(RefusalReason.SIGNATURE, "the Authorization header is not valid")
    signed = tuple(fields["SignedHeaders"].split(";"))
    if list(signed) != sorted(set(signed)) or not {"host", "x-amz-date"} <= set(signed):
        raise RefusalError(RefusalReason.SIGNATURE, "the signed headers are not sorted, or lack host or x-amz-date")
    key_id, date, region, service = credential.groups()
    return Authorization(key_id, date, region, service, signed, fields["Signature"])


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name in found:
            raise RefusalError(RefusalReason.SIGNATURE, "the Authorization header is not valid")
        found[name] = value
    if set(found) != {"Credential", "SignedHeaders", "Signature"}:
        raise RefusalError(RefusalReason.SIGNATURE, "the Authorization header is not valid")
    return found


def payload_of(request: WireRequest) -> Payload:
    """Return how the body's digest stands in the signature. Errors: RefusalError for chunks that are signed one by one.

    Source: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header".
    """
    given = request.header("x-amz-content-sha256")
    if given is not None and given.startswith(_SIGNED_CHUNKS):
        what = "uploads with a signature for each chunk are not supported; turn off payload signing in the client"
        raise RefusalError(RefusalReason.SIGNED_CHUNKS, what)
    if given == Payload.UNSIGNED:
        return Payload.UNSIGNED
    if given == Payload.UNSIGNED_TRAILER:
        return Payload.UNSIGNED_TRAILER
    if given is not None and not _SIGNATURE(given):
        raise RefusalError(RefusalReason.SIGNATURE, "x-amz-content-sha256 is not a digest")
    if request.body is not None:
        if given is not None and given != hashlib.sha256(request.body).hexdigest():
            raise RefusalError(RefusalReason.SIGNATURE, "x-amz-content-sha256 is not the digest of the body")
        return Payload.DIGEST
    if given is None:
        raise RefusalError(RefusalReason.SIGNATURE, "a body that is streamed has no x-amz-content-sha256")
    return Payload.GIVEN


def verify(
    request: WireRequest, authorization: Authorization, keys: SessionKeys, now: dt.datetime
) -> RefusedCall | None:
    """Return why the signature of `request` is refused, None if `keys` (the surrogate's) made it.

    The request must have passed `read_authorization`.
    """
    try:
        _verify(request, authorization, keys, now)
    except RefusalError as error:
        return error.refused
    return None


def _verify(request: WireRequest, authorization: Authorization, keys: SessionKeys, now: dt.datetime) -> None:
    time = request.header("x-amz-date") or ""
    if not _TIME(time) or time[:8] != authorization.date:
        raise RefusalError(RefusalReason.SCOPE, "the date of the credential scope is not that of X-Amz-Date")
    try:
        year, month, day = int(time[:4]), int(time[4:6]), int(time[6:8])
        signed_at = dt.datetime(year, month, day, int(time[9:11]), int(time[11:13]), int(time[13:15]), tzinfo=dt.UTC)
    except ValueError:
        raise RefusalError(RefusalReason.SIGNATURE, "X-Amz-Date is not a time") from None
    if abs(now - signed_at) > _SKEW:
        raise RefusalError(RefusalReason.SIGNATURE, _OFF)
    token = request.header("x-amz-security-token") or request.header("x-amz-s3session-token") or ""
    expected = keys.token.reveal() if keys.token is not None else ""
    if not hmac.compare_digest(token.encode(), expected.encode()):
        raise RefusalError(RefusalReason.SIGNATURE, "the session token is not the one that was given with the key")
    headers = dict(request.headers)
    if missing := [name for name in authorization.signed_headers if name not in headers]:
        raise RefusalError(RefusalReason.SIGNATURE, f"the signed header {missing[0]} is missing")
    signature = _signature(
        request,
        {name: headers[name] for name in authorization.signed_headers},
        time,
        authorization.region,
        authorization.service,
        _digest(request, payload_of(request)),
        keys,
    )
    if not hmac.compare_digest(signature, authorization.signature):
        raise RefusalError(RefusalReason.SIGNATURE, "the signature does not match")


def sign(call: Call, keys: SessionKeys, now: dt.datetime) -> WireRequest:
    """Return the request of `call` signed with the real session `keys`.

    Content-Length is set if the body was read; for a streamed body it is that of the client.
    """
    request = call.request
    time = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = [("host", request.host), *(each for each in request.headers if each[0] not in _NOT_SENT)]
    digest = _digest(request, call.payload)
    headers += [("x-amz-date", time), ("x-amz-content-sha256", digest)]
    if keys.token is not None:
        headers.append(("x-amz-security-token", keys.token.reveal()))
    signed = {name: value for name, value in headers if _is_signed(name)}
    signature = _signature(request, signed, time, call.region, call.signing_name, digest, keys)
    scope = f"{keys.key_id}/{time[:8]}/{call.region}/{call.signing_name}/aws4_request"
    authorization = f"{_ALGORITHM} Credential={scope}, SignedHeaders={';'.join(sorted(signed))}, Signature={signature}"
    headers.append(("authorization", authorization))
    if request.body is not None and (request.body or request.method not in ("GET", "HEAD", "DELETE")):
        headers.append(("content-length", str(len(request.body))))
    elif request.body is None:
        framing = ("content-length", "transfer-encoding")
        headers += [(name, value) for name, value in request.headers if name in framing]
    return WireRequest(
        request.method, request.host, request.port, request.path, request.query, tuple(headers), request.body
    )


def _is_signed(name: str) -> bool:
    return name in ("host", "content-type", "content-md5", "range") or (
        name.startswith(("x-amz-", "x-amzn-")) and name != "x-amzn-trace-id"
    )


def _digest(request: WireRequest, payload: Payload) -> str:
    if payload is Payload.DIGEST:
        return hashlib.sha256(request.body or b"").hexdigest()
    if payload is Payload.GIVEN:
        return request.header("x-amz-content-sha256") or ""
    return str(payload)


def _signature(
    request: WireRequest,
    signed: Mapping[str, str],
    time: str,
    region: str,
    service: str,
    digest: str,
    keys: SessionKeys,
) -> str:
    names = sorted(signed)
    canonical = "\n".join(
        (
            request.method,
            request.path if service in _SINGLE_ENCODED else quote(request.path, safe="/~"),
            _canonical_query(read_query(request.query)),
            *(f"{name}:{' '.join(signed[name].split())}" for name in names),
            "",
            ";".join(names),
            digest,
        )
    )
    scope = f"{time[:8]}/{region}/{service}/aws4_request"
    text = f"{_ALGORITHM}\n{time}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.digest(_signing_key(keys, time[:8], region, service), text.encode(), "sha256").hex()


_signing_keys: dict[tuple[str, str, str, str], tuple[Secret, bytes]] = {}


def _signing_key(keys: SessionKeys, date: str, region: str, service: str) -> bytes:
    """Return the key that signs a day's requests to a service in a region; it is kept with the secret it is made of."""
    scope = (keys.key_id, date, region, service)
    secret, key = _signing_keys.get(scope, (None, b""))
    if secret is keys.secret:
        return key
    key = f"AWS4{keys.secret.reveal()}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    if len(_signing_keys) >= _MOST_KEYS:
        _signing_keys.clear()
    _signing_keys[scope] = (keys.secret, key)
    return key


def _canonical_query(parameters: Sequence[tuple[str, str | None]]) -> str:
    if not parameters:
        return ""
    encoded = ((quote(name, safe="-_.~"), quote(value or "", safe="-_.~")) for name, value in parameters)
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))
