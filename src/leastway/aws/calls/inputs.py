"""The inputs of an operation, and the request written anew from them.

Path, query string and form are written from what was read. JSON, XML and CBOR bodies are sent as they were read, since
a strict reader has found one meaning in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from botocore.model import StructureShape

from leastway.aws.calls.bindings import bindings_of, location_of, takes_blob
from leastway.aws.calls.bodies import check_names, media_type, read_cbor, read_json, read_xml, unpacked
from leastway.aws.calls.call import WireProtocol
from leastway.aws.calls.forms import read_fields, write_form
from leastway.aws.calls.hosts import Endpoint
from leastway.aws.calls.operations import FoundOperation
from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.aws.calls.routes import OperationRoute
from leastway.aws.calls.wire import WireRequest

__all__ = ["inputs_of"]


def inputs_of(found: FoundOperation, request: WireRequest, endpoint: Endpoint) -> tuple[dict[str, Any], WireRequest]:
    """Return the inputs, and the request written anew."""
    shape = found.model.input_shape
    if shape is not None and found.model.has_event_stream_input:
        raise RefusalError(RefusalReason.EVENT_STREAM, "streams of events to AWS are not supported", found.service.name)
    if found.route is not None:
        return _read_rest(found, found.route, request, endpoint)
    headers = tuple(each for each in request.headers if each[0] != "content-encoding")
    if found.protocol in (WireProtocol.QUERY, WireProtocol.EC2):
        parameters = read_fields(found.fields, shape, ec2=found.protocol is WireProtocol.EC2)
        return parameters, replace(request, path="/", headers=headers, body=write_form(found.fields))
    body = unpacked(request.body or b"", request.header("content-encoding"))
    parameters = read_cbor(body) if found.protocol is WireProtocol.CBOR else read_json(body)
    if shape is not None:
        check_names(parameters, shape)
    return parameters, replace(request, headers=headers, body=body)


def _read_rest(
    found: FoundOperation, route: OperationRoute, request: WireRequest, endpoint: Endpoint
) -> tuple[dict[str, Any], WireRequest]:
    shape = found.model.input_shape
    bound = bindings_of(route.service.name, found.model.name)
    parameters: dict[str, Any] = {bound.labels.get(name, name): value for name, value in found.labels.items()}
    headers = dict(request.headers)
    for wire, value in found.query:
        name = bound.query.get(wire)
        if name is None:
            continue
        if wire in bound.repeated:
            parameters.setdefault(name, []).append(value or "")
        else:
            parameters[name] = value or ""
    for wire, value in headers.items():
        name = bound.headers.get(wire)
        if name is not None:
            parameters[name] = value
    body = request.body
    if body and shape is not None and not takes_blob(found.model):
        media_type(request.header("content-type"))
        body = unpacked(body, request.header("content-encoding"))
        headers.pop("content-encoding", None)
        parameters.update(_body_members(body, shape, found.protocol))
    path = _path(route, found.labels, endpoint)
    query = "&".join(
        quote(name, safe="-_.~") + ("" if value is None else "=" + quote(value, safe="-_.~"))
        for name, value in found.query
    )
    rebuilt = WireRequest(request.method, request.host, request.port, path, query, tuple(headers.items()), body)
    return parameters, rebuilt


def _body_members(body: bytes, shape: StructureShape, protocol: WireProtocol) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    inner = shape.members[payload] if payload else shape
    if not isinstance(inner, StructureShape):
        return {}  # a text or a document: no access depends on it
    if protocol is WireProtocol.REST_XML:
        value = read_xml(body, inner)
    else:
        value = read_json(body)
        in_body = [name for name, each in inner.members.items() if not location_of(each)]
        check_names(value, inner, in_body)
        names = {inner.members[name].serialization.get("name", name): name for name in in_body}
        # What the model does not know is kept: it may pass a role. Members that are elsewhere are not read here.
        value = {
            names.get(name, name): each for name, each in value.items() if name in names or name not in inner.members
        }
    return {payload: value} if payload else value


def _path(route: OperationRoute, labels: Mapping[str, str], endpoint: Endpoint) -> str:
    greedy = dict(route.labels)
    path = "".join(
        quote(labels[text], safe="/-_.~" if greedy[text] else "-_.~") if is_label else text
        for text, is_label in route.parts
    )
    if endpoint.bucket:
        path = path.removeprefix(f"/{endpoint.bucket}")
    return path or "/"
