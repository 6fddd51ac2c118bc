"""The body of a request as an object of a kind."""

from __future__ import annotations

import json
from typing import Any

from leastway.sandbox.kube.admission.defaults import with_defaults
from leastway.sandbox.kube.connection import Request
from leastway.sandbox.kube.kinds import Kind
from leastway.sandbox.kube.protobuf import MEDIA_TYPE, decode_envelope
from leastway.sandbox.kube.schema.decode import WrongTypeError, decode, drop_empty
from leastway.sandbox.kube.status import ApiError, bad_request, too_large, unsupported_media_type

__all__ = ["as_configuration", "as_kind", "media_type", "parse_json", "parse_object"]

_JSON = "application/json"
_YAML = ("application/yaml", "application/apply-patch+yaml")


def media_type(request: Request) -> str:
    """Return the body's media type without its parameters, `application/json` when it is not said."""
    return request.headers.get("content-type", _JSON).split(";", 1)[0].strip().lower()


def parse_json(request: Request) -> Any:
    """Return the body as JSON, or refuse it."""
    try:
        return json.loads(_body(request))
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None


def parse_object(request: Request) -> dict[str, Any]:
    """Return the body, JSON, YAML or protobuf, as an object, or refuse it."""
    kind = media_type(request)
    if kind == MEDIA_TYPE and (decoded := decode_envelope(_body(request))) is not None:
        return decoded
    if kind not in (_JSON, *_YAML):
        raise unsupported_media_type(kind, (_JSON, _YAML[0], MEDIA_TYPE))
    value = _parse_yaml(request) if kind in _YAML else parse_json(request)
    if not isinstance(value, dict):
        raise bad_request("couldn't get version/kind; json parse error: the body is no object")
    return value


def as_kind(kind: Kind, value: dict[str, Any], validation: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return `value` as an object of `kind` with its defaults, and warnings about fields that the kind does not have.

    With the validation `Strict` such a field is refused, with `Ignore` there is no warning.
    """
    _check_kind(kind, value)
    refusal = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'
    try:
        decoded, unknown = decode(kind.schema, value)
    except WrongTypeError as error:
        raise bad_request(f"{refusal}: {error}") from None
    problems = tuple(f'unknown field "{field}"' for field in unknown)
    if problems and validation == "Strict":
        raise bad_request(f"{refusal}: strict decoding error: {', '.join(problems)}")
    return with_defaults(kind, drop_empty(kind.schema, _named(kind, decoded))), (
        problems if validation == "Warn" else ()
    )


def as_configuration(kind: Kind, value: dict[str, Any]) -> dict[str, Any]:
    """Return `value` as what a server-side apply wants of an object: nothing is dropped, and nothing added.

    What is not of the kind is refused with 500, as a kube-apiserver does.
    """
    _check_kind(kind, value)
    name = (value.get("metadata") or {}).get("name", "")
    failure = f"failed to create typed patch object (/{name}; {kind.group}/{kind.version}, Kind={kind.kind})"
    try:
        decoded, unknown = decode(kind.schema, value)
    except WrongTypeError as error:
        raise ApiError(500, "", f"{failure}: {error.path}: expected {error.expected}, got &{{{error.value}}}") from None
    if unknown:
        raise ApiError(500, "", f"{failure}: .{unknown[0]}: field not declared in schema")
    return _named(kind, decoded)


def _check_kind(kind: Kind, value: dict[str, Any]) -> None:
    said = value.get("kind") or kind.kind
    version = value.get("apiVersion") or kind.api_version
    if said != kind.kind:
        raise bad_request(f'{said} in version "{version}" cannot be handled as a {kind.kind}')
    if version != kind.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({kind.api_version})"
        )


def _named(kind: Kind, decoded: dict[str, Any]) -> dict[str, Any]:
    named = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": {}} | decoded
    return named | {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": named["metadata"] or {}}


def _body(request: Request) -> bytes:
    if request.body is None:
        raise too_large()
    return request.body


def _parse_yaml(request: Request) -> Any:
    body = _body(request)
    try:
        return json.loads(body)
    except ValueError:
        pass
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(body)
    except YAMLError as error:
        raise bad_request(f"error decoding YAML: {error}") from None
