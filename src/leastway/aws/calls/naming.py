"""Names a request: which operation of which service, with which inputs, and rebuilds what is sent from them.

1. The host is an endpoint that the run may use (`hosts`), and the credential scope names its service and region.
2. The protocol and the operation follow from the request (`operations`).
3. The inputs are read strictly (`forms`, `bodies`, `routes`); a part with two readings is refused.
4. What is sent is written anew from what was read (`inputs`).
5. The accesses that the operation needs, and what its answer carries, come from tables (`actions`, `answers`).

An operation that is named may still lack an action: `accesses` is empty then, and the decision refuses or logs it.
"""

from __future__ import annotations

import contextlib
import enum
import functools
from dataclasses import replace
from typing import Final

from leastway.aws.calls.answers import answer_of
from leastway.aws.calls.authorization import Authorization, payload_of, read_authorization
from leastway.aws.calls.bindings import takes_blob
from leastway.aws.calls.call import Call, Payload, WireProtocol
from leastway.aws.calls.hosts import Endpoint, Hosts
from leastway.aws.calls.inputs import inputs_of
from leastway.aws.calls.models import load_service
from leastway.aws.calls.needs import accesses_of
from leastway.aws.calls.operations import FoundOperation, find_operation
from leastway.aws.calls.refusal import RefusalError, RefusalReason, RefusedCall
from leastway.aws.calls.wire import WireRequest, check_wire

__all__ = ["BodyRule", "body_rule", "claimed_operation", "name_call", "what_is_asked"]

_LARGEST_BODY: Final = 16 << 20
"""Bytes of a body that is read whole."""
_LARGEST_CODE: Final = 72 << 20
"""Bytes of a body with the code of a Lambda function, in base64."""
_WITH_CODE: Final = frozenset({"CreateFunction", "UpdateFunctionCode", "PublishLayerVersion"})
_OVERRIDES: Final = frozenset(
    {"x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"}
)
_OF_SIGNATURES: Final = frozenset(
    f"x-amz-{name}"
    for name in ("algorithm", "credential", "date", "expires", "security-token", "signature", "signedheaders")
)
"""Parameters of presigned URLs that no operation has."""


class BodyRule(enum.Enum):
    """What the gateway does with a body before the request can be named."""

    READ = "read"
    """Read it whole, up to the limit."""
    STREAM = "stream"
    """Name the request without it, and stream it."""


def body_rule(request: WireRequest, hosts: Hosts) -> tuple[BodyRule, int] | RefusedCall:
    """Return whether the body of `request` (whose `body` is None) is read first, and how many bytes it may have then.

    Only the payload of a REST operation that is a blob is streamed, and only if its digest is signed in a header.
    """
    try:
        endpoint, _ = _start(request, hosts)
        found = find_operation(request, endpoint, with_body=False)
        if found is None:
            return BodyRule.READ, _LARGEST_BODY
        if takes_blob(found.model) and request.header("x-amz-content-sha256") is not None:
            payload_of(request)
            return BodyRule.STREAM, 0
        return BodyRule.READ, _LARGEST_CODE if found.model.name in _WITH_CODE else _LARGEST_BODY
    except RefusalError as error:
        return error.refused


def name_call(request: WireRequest, hosts: Hosts, authorization: Authorization | None = None) -> Call | RefusedCall:
    """Name `request`. Its body is None only if `body_rule` said that it is streamed.

    `authorization` is what `read_authorization` has returned for this request, if that was called before. The signature
    is not verified here, and the accesses are not decided. The refusal has a sentence for the person who wrote the
    module.
    """
    try:
        endpoint, authorization = _start(request, hosts, authorization)
        found = find_operation(request, endpoint, with_body=True)
        if found is None:
            raise RefusalError(RefusalReason.OPERATION, _unnamed(request, endpoint), endpoint.services[0])
        parameters, rebuilt = inputs_of(found, request, endpoint)
        known = functools.partial(
            Call,
            service=found.service.name,
            operation=found.model.name,
            signing_name=authorization.service,
            region=endpoint.region,
            protocol=found.protocol,
            request=_with_owner(rebuilt, found, hosts),
            parameters=parameters,
            payload=payload_of(request) if request.body is None else _payload_when_read(request),
            answer=answer_of(found.service.name, found.model.name),
            json_version=found.service.json_version,
        )
        return known(accesses=accesses_of(known(accesses=()), found.model, hosts))
    except RefusalError as error:
        return error.refused


def claimed_operation(request: WireRequest, hosts: Hosts) -> tuple[str, str]:
    """Return the service and the operation that a request names, both empty if that is not certain.

    It is for the log of a request that is refused because of its signature, or before that is verified: anybody could
    have sent it. A form is named by its body, which is not read unless the request is signed in the right form.
    """
    endpoint = hosts.find(request.host) if request.port == 443 else None
    if endpoint is None or _OVERRIDES.intersection(dict(request.headers)):
        return "", ""
    query = [each for each in request.query.split("&") if each.partition("=")[0].lower() not in _OF_SIGNATURES]
    bare = replace(request, query="&".join(query))
    found: set[tuple[str, str]] = set()
    for each in (endpoint, *endpoint.others):
        with contextlib.suppress(RefusalError):
            check_wire(request)
            if (one := find_operation(bare, each, with_body=request.body is not None)) is not None:
                found.add((one.service.name, one.model.name))
    return found.pop() if len(found) == 1 else ("", "")


def what_is_asked(request: WireRequest, hosts: Hosts) -> tuple[str, WireProtocol]:
    """Return a service's name and a protocol for the error body of a request that could not be named."""
    endpoint = hosts.find(request.host)
    services = endpoint.services if endpoint else ()
    if request.header("smithy-protocol") is not None:
        return services[0] if services else "", WireProtocol.CBOR
    if request.header("x-amz-target") is not None:
        return services[0] if services else "", WireProtocol.JSON
    if not services:
        return "", WireProtocol.REST_JSON
    protocols = load_service(services[0]).protocols
    return services[0], next((each for each in WireProtocol if each in protocols), WireProtocol.REST_JSON)


def _start(
    request: WireRequest, hosts: Hosts, authorization: Authorization | RefusedCall | None = None
) -> tuple[Endpoint, Authorization]:
    if authorization is None:
        authorization = read_authorization(request)
    if isinstance(authorization, RefusedCall):
        raise RefusalError(authorization.reason, authorization.message)
    if overrides := _OVERRIDES.intersection(dict(request.headers)):
        raise RefusalError(RefusalReason.HEADERS, f"the header {min(overrides)} changes what a request means")
    endpoint = hosts.find(request.host) if request.port == 443 else None
    if endpoint is None:
        what = f"{request.host} is not an endpoint of a service and region that this run may use"
        raise RefusalError(RefusalReason.HOST, what)
    signed = endpoint.signed_for(authorization.service, authorization.region)
    if signed is None:
        what = (
            f"the request is signed for {authorization.service} in {authorization.region}, "
            f"and {request.host} is {endpoint.signing_name} in {endpoint.region}"
        )
        raise RefusalError(RefusalReason.SCOPE, what)
    return signed, authorization


def _payload_when_read(request: WireRequest) -> Payload:
    payload = payload_of(request)
    return Payload.UNSIGNED_TRAILER if payload is Payload.UNSIGNED_TRAILER else Payload.DIGEST


_OWNERS: Final = {
    "ExpectedBucketOwner": "x-amz-expected-bucket-owner",
    "ExpectedSourceBucketOwner": "x-amz-source-expected-bucket-owner",
}


def _with_owner(request: WireRequest, found: FoundOperation, hosts: Hosts) -> WireRequest:
    """Return a request to S3 with the grant's account as the bucket's owner, where the operation takes it.

    Source: Amazon S3 User Guide, "Verifying bucket ownership with bucket owner condition".
    """
    if found.service.name != "s3" or found.model.input_shape is None:
        return request
    members = found.model.input_shape.members
    headers = dict(request.headers)
    for member, name in _OWNERS.items():
        if headers.get(name, hosts.account) != hosts.account:
            what = "the request expects another account than the grant's to own the bucket"
            raise RefusalError(RefusalReason.ACCOUNT, what, "s3", found.model.name)
        if member in members:
            headers[name] = hosts.account
    return WireRequest(
        request.method, request.host, request.port, request.path, request.query, tuple(headers.items()), request.body
    )


def _unnamed(request: WireRequest, endpoint: Endpoint) -> str:
    service = endpoint.services[0]
    return f"no operation of {service} that leastway knows fits this {request.method} request"
