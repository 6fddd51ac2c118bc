"""Which operation a request means, by its protocol.

The protocol follows from the request: CBOR by its path, JSON by X-Amz-Target, query and ec2 by a form, else REST. The
operation is one of the service's model, at the host prefix that the model gives it. Parameters of the query string that
belong to another operation are refused here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from botocore.model import OperationModel

from leastway.aws.calls.bindings import bindings_of
from leastway.aws.calls.bodies import media_type, unpacked
from leastway.aws.calls.call import WireProtocol
from leastway.aws.calls.forms import read_form
from leastway.aws.calls.hosts import Endpoint
from leastway.aws.calls.models import Service, load_service
from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.aws.calls.routes import OperationRoute, best_routes
from leastway.aws.calls.wire import WireRequest, decoded, read_query

__all__ = ["FoundOperation", "find_operation"]

_CBOR_PATH: Final = re.compile(r"/service/([A-Za-z][A-Za-z0-9_]*)/operation/([A-Za-z][A-Za-z0-9_]*)").fullmatch
_TARGET: Final = re.compile(r"([A-Za-z0-9_.]+)\.([A-Za-z][A-Za-z0-9]*)").fullmatch
_QUEUE_PATH: Final = re.compile(r"/([0-9]{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)/?").fullmatch
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = frozenset({"application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.1"})
_CBOR: Final = frozenset({"", "application/cbor"})
_DOTS: Final = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class FoundOperation:
    """An operation, before its body is read."""

    service: Service
    model: OperationModel
    protocol: WireProtocol
    route: OperationRoute | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str | None], ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


def find_operation(request: WireRequest, endpoint: Endpoint, *, with_body: bool) -> FoundOperation | None:
    """Return the operation; None if nothing fits, or if the body is needed to know."""
    services = tuple(load_service(name) for name in endpoint.services)
    cbor = _CBOR_PATH(request.path)
    target = request.header("x-amz-target")
    is_cbor = cbor is not None and any(_speaks(each, WireProtocol.CBOR) for each in services)
    if is_cbor or request.header("smithy-protocol") is not None:
        return _of_cbor(request, endpoint, services, cbor, target)
    if target is not None:
        return _of_json(request, endpoint, services, target)
    is_form = (request.header("content-type") or "").partition(";")[0].strip().lower() == _FORM
    forms = _of_forms(endpoint.services)
    if forms and (is_form or len(forms) == len(services)):
        return _of_form(request, endpoint, forms, is_form=is_form) if with_body else None
    return _of_rest(request, endpoint)


def _speaks(service: Service, protocol: WireProtocol) -> bool:
    return protocol in service.protocols


def _has(service: Service, operation: str, endpoint: Endpoint) -> bool:
    return service.host_prefixes.get(operation) == endpoint.prefix


def _need_plain(request: WireRequest, path: str) -> None:
    if request.method != "POST" or request.path != path or request.query:
        raise RefusalError(RefusalReason.PATH, "the protocol takes POST requests to its one path, without a query")


def _need_type(request: WireRequest, types: frozenset[str]) -> None:
    """Refuse a body of another type than the protocol's: a service with several protocols could read it as a form."""
    if media_type(request.header("content-type")) not in types:
        raise RefusalError(RefusalReason.BODY, "the Content-Type is not that of the request's protocol")


def _of_cbor(
    request: WireRequest,
    endpoint: Endpoint,
    services: tuple[Service, ...],
    cbor: re.Match[str] | None,
    target: str | None,
) -> FoundOperation | None:
    if cbor is None or target is not None or request.header("smithy-protocol") != "rpc-v2-cbor":
        raise RefusalError(RefusalReason.OPERATION, "the request mixes the protocols CBOR and JSON")
    _need_plain(request, request.path)
    _need_type(request, _CBOR)
    for each in services:
        if _speaks(each, WireProtocol.CBOR) and cbor[1] == each.target_prefix and _has(each, cbor[2], endpoint):
            return FoundOperation(each, each.operation(cbor[2]), WireProtocol.CBOR)
    return None


def _of_json(
    request: WireRequest, endpoint: Endpoint, services: tuple[Service, ...], target: str
) -> FoundOperation | None:
    _need_plain(request, "/")
    _need_type(request, _JSON)
    found = _TARGET(target)
    for each in services:
        if found and _speaks(each, WireProtocol.JSON) and found[1] == each.target_prefix:
            if not _has(each, found[2], endpoint):
                return None
            return FoundOperation(each, each.operation(found[2]), WireProtocol.JSON)
    return None


def _of_form(
    request: WireRequest, endpoint: Endpoint, forms: tuple[Service, ...], *, is_form: bool
) -> FoundOperation | None:
    queue = _QUEUE_PATH(request.path) if endpoint.services == ("sqs",) else None
    _need_plain(request, request.path if queue is not None else "/")
    if not is_form:
        raise RefusalError(RefusalReason.BODY, "the request is not a form, which is what this service takes")
    media_type(request.header("content-type"))
    body = unpacked(request.body or b"", request.header("content-encoding"))
    fields = read_form(body)
    action, version = fields.get("Action", ""), fields.get("Version", "")
    if queue is not None:
        fields = _with_queue(fields, queue, endpoint.host)
    for each in forms:
        if version == each.api_version and _has(each, action, endpoint):
            protocol = WireProtocol.EC2 if _speaks(each, WireProtocol.EC2) else WireProtocol.QUERY
            model = each.operation_of_form(action)
            if queue is not None and (model.input_shape is None or "QueueUrl" not in model.input_shape.members):
                raise RefusalError(RefusalReason.PATH, f"{action} is not an operation of a queue", "sqs", action)
            return FoundOperation(each, model, protocol, fields=fields)
    return None


def _with_queue(fields: dict[str, str], queue: re.Match[str], host: str) -> dict[str, str]:
    """Return the fields of a form that is sent to a queue's own path, with the queue's URL, as it goes to the host.

    Source: Amazon SQS Developer Guide, "Making Query API requests for Amazon SQS using AWS query protocol".
    """
    url = f"https://{host}/{queue[1]}/{queue[2]}"
    named = fields.get("QueueUrl", url)
    if not named.rstrip("/").endswith(f"/{queue[1]}/{queue[2]}"):
        raise RefusalError(RefusalReason.PATH, "the path is that of another queue than the QueueUrl", "sqs")
    return {**fields, "QueueUrl": named}


@functools.cache
def _of_forms(names: tuple[str, ...]) -> tuple[Service, ...]:
    """Return those of the services that take forms."""
    services = map(load_service, names)
    return tuple(each for each in services if _speaks(each, WireProtocol.QUERY) or _speaks(each, WireProtocol.EC2))


@functools.cache
def _of_rest_alone(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the services that speak a REST protocol."""
    rest = {WireProtocol.REST_JSON, WireProtocol.REST_XML}
    return tuple(name for name in names if load_service(name).protocols & rest)


def _of_rest(request: WireRequest, endpoint: Endpoint) -> FoundOperation | None:
    services = _of_rest_alone(endpoint.services)
    pairs = read_query(request.query)
    query: dict[str, list[str | None]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    is_s3 = "s3" in endpoint.services
    _check_path(request.path, is_s3=is_s3)
    path = f"/{endpoint.bucket}{request.path}" if endpoint.bucket else request.path
    if is_s3 and path.count("/") == 2 and path.endswith("/"):
        path = path[:-1]
    best = best_routes(services, endpoint.prefix, request.method, path, query, dict(request.headers))
    if is_s3:
        elsewhere = "ListBuckets" if endpoint.signing_name == "s3express" else "ListDirectoryBuckets"
        best = [each for each in best if each[0].operation != elsewhere]
    if not best:
        return None
    best = [each for each in best if not _is_deprecated(each[0])] or best
    if len(best) > 1 and len({each.operation for each, _ in best}) > 1:
        names = " or ".join(sorted({each.operation for each, _ in best}))
        raise RefusalError(RefusalReason.OPERATION, f"the request can be read as {names}", services[0])
    route, match = best[0]
    model = route.service.operation(route.operation)
    _check_query(query, route, model, is_s3=is_s3)
    labels = {name: _label(text, greedy) for (name, greedy), text in zip(route.labels, match.groups(), strict=True)}
    protocol = WireProtocol.REST_XML if _speaks(route.service, WireProtocol.REST_XML) else WireProtocol.REST_JSON
    return FoundOperation(route.service, model, protocol, route, labels, pairs)


def _is_deprecated(route: OperationRoute) -> bool:
    """Whether the operation is an old name of another one, as GetBucketLifecycle is."""
    return bool(route.service.operation(route.operation).deprecated)


def _check_path(path: str, *, is_s3: bool) -> None:
    if is_s3:
        if "%2f" in path.lower():
            raise RefusalError(RefusalReason.PATH, "the path has an encoded slash")
    elif "//" in path:
        raise RefusalError(RefusalReason.PATH, "the path has an empty segment")


def _label(text: str, greedy: bool) -> str:
    value = decoded(text)
    if greedy and "%2f" in text.lower():
        raise RefusalError(RefusalReason.PATH, "the path has an encoded slash")
    if not _DOTS.isdisjoint(value.split("/")) or "\x00" in value:
        raise RefusalError(RefusalReason.PATH, "a part of the path contains a segment that is . or ..")
    return value


def _check_query(
    query: Mapping[str, list[str | None]], route: OperationRoute, model: OperationModel, *, is_s3: bool
) -> None:
    """Refuse parameters that appear twice, differ in case from a known one, or belong to another operation."""
    bound = bindings_of(route.service.name, model.name)
    for name, values in query.items():
        if len(values) > 1 and name not in bound.repeated and not bound.takes_any:
            raise RefusalError(RefusalReason.QUERY, f"the query parameter {name[:40]} appears twice")
        if name in bound.query or name in route.literals:
            continue
        if name == "x-id":
            if values[0] != model.name:
                raise RefusalError(RefusalReason.QUERY, "x-id is not the operation that the rest of the request means")
        elif (is_s3 and not bound.takes_any) or name.lower() in bound.query_in_lower_case:
            what = f"the query parameter {name[:40]!r} does not belong to {model.name}"
            raise RefusalError(RefusalReason.QUERY, what)
