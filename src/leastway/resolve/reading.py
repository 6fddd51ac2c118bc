"""Reading requests and resource definitions from JSON values, in the forms of Humanitec's API.

A request is a list or a deployment set. An element of a list is TYPE.CLASS#ID, or an object with `type`, `id`, and if
needed `class` and `params` (which the API calls `resource`). A set has `modules`, each with its `externals`, and
`shared`. A definition is the body of `resources/defs`, as it is sent or as it is answered. Errors name the field and
never its value.
Source: Humanitec's API, `SetResponse`, `ResourceProvisionRequestRequest`, `ResourceDefinitionResponse`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry import DEFAULT_CLASS, CoProvision, Criterion, ResourceKey, is_secret_ref
from leastway.resolve.context import RequestedResource
from leastway.resolve.definition import ResolvableDefinition
from leastway.resolve.graph import WORKLOAD
from leastway.resolve.values import HiddenText, hidden

__all__ = ["read_definition_body", "read_request", "read_secret_refs"]

_MOST: Final = 10_000


def read_request(value: Any) -> tuple[RequestedResource, ...]:
    """Return the requested resources, each once. Errors: InvalidInputError whose `where` is the field."""
    if isinstance(value, list):
        found = [_listed(one, f"[{number}]") for number, one in enumerate(value)]
    elif isinstance(value, Mapping) and (value.keys() & {"modules", "shared"} or not value):
        found = list(_of_set(value))
    else:
        raise InvalidInputError(
            "the request is neither a list of resources nor a deployment set",
            fix="write a list of TYPE.CLASS#ID, or an object with modules and shared",
        )
    if len(found) > _MOST:
        raise InvalidInputError(f"the request has more than {_MOST:,} resources", fix="request fewer")
    requested: dict[ResourceKey, RequestedResource] = {}
    for one in found:
        if one.key in requested:
            raise InvalidInputError(f"{one.key} is requested twice", fix="remove one of them")
        requested[one.key] = one
    return tuple(found)


def read_definition_body(value: Any) -> ResolvableDefinition:
    """Return the definition in a body of `resources/defs`. Errors: InvalidInputError whose `where` is the field."""
    body = _object(value, "")
    inputs = _object(body.get("driver_inputs"), "driver_inputs")
    secrets = hidden(_object(inputs.get("secrets"), "driver_inputs.secrets"))
    references = read_secret_refs(_object(inputs.get("secret_refs"), "driver_inputs.secret_refs"))
    criteria = _list(body.get("criteria"), "criteria")
    provision = _object(body.get("provision"), "provision")
    return ResolvableDefinition(
        id=_text(body, "id"),
        type=_text(body, "type"),
        driver=_text(body, "driver_type"),
        version=_text(body, "active_version_id", default=""),
        account=_text(body, "driver_account", default=""),
        values=_object(inputs.get("values"), "driver_inputs.values"),
        secrets={**references, **secrets},
        criteria=dict(_criterion(one, number) for number, one in enumerate(criteria)),
        provision={name: _co_provision(one, f"provision.{name}") for name, one in provision.items()},
        in_place_driver_change=body.get("in_place_driver_change") is True,
    )


def _listed(value: Any, where: str) -> RequestedResource:
    if isinstance(value, str):
        return RequestedResource(_key(value, where))
    one = _object(value, where)
    params = one.get("params", one.get("resource"))
    return RequestedResource(_key_of(one, _text(one, "id", where), where), _object(params, f"{where}.params"))


def _of_set(value: Mapping[str, Any]) -> Iterator[RequestedResource]:
    for module, content in _object(value.get("modules"), "modules").items():
        where = f"modules.{module}"
        body = _object(content, where)
        spec = {name: body[name] for name in ("profile", "spec") if name in body}
        yield RequestedResource(_checked(ResourceKey(WORKLOAD, DEFAULT_CLASS, where), where), spec)
        for name, one in _object(body.get("externals"), f"{where}.externals").items():
            yield _of_member(one, f"{where}.externals.{name}")
    for name, one in _object(value.get("shared"), "shared").items():
        yield _of_member(one, f"shared.{name}")


def _of_member(value: Any, where: str) -> RequestedResource:
    one = _object(value, where)
    key = _key_of(one, _text(one, "id", where, default=where), where)
    return RequestedResource(key, _object(one.get("params"), f"{where}.params"))


def _key(text: str, where: str) -> ResourceKey:
    try:
        return ResourceKey.parse(text)
    except InvalidInputError as error:
        raise InvalidInputError(error.what, where=where, fix=error.fix) from error


def _key_of(one: Mapping[str, Any], identifier: str, where: str) -> ResourceKey:
    key = ResourceKey(_text(one, "type", where), _text(one, "class", where, default=DEFAULT_CLASS), identifier)
    return _checked(key, where)


def _checked(key: ResourceKey, where: str) -> ResourceKey:
    """Return a key whose parts can be written as TYPE.CLASS#ID, and mean the same there."""
    if _is_readable(key):
        return key
    if _is_readable(ResourceKey(key.type, key.resource_class, "x")):
        fix = "use at most 256 characters of ASCII, without spaces"
        raise InvalidInputError("it cannot be the id of a resource", where=where, fix=fix)
    fix = "use lower-case letters, digits and hyphens"
    raise InvalidInputError("the type or the class is not valid", where=where, fix=fix)


def _is_readable(key: ResourceKey) -> bool:
    try:
        return ResourceKey.parse(str(key)) == key
    except InvalidInputError:
        return False


def _criterion(value: Any, number: int) -> tuple[str, Criterion]:
    where = f"criteria[{number}]"
    one = _object(value, where)
    named = {name: _text(one, name, where, default="") for name in ("app_id", "env_id", "env_type", "res_id", "class")}
    return _text(one, "id", where, default="") or str(number), Criterion.parse(named)


def _co_provision(value: Any, where: str) -> CoProvision:
    one = _object(value, where)
    for name in ("is_dependent", "match_dependents"):
        if not isinstance(one.get(name), bool | None):
            raise InvalidInputError("it is not a boolean", where=f"{where}.{name}", fix="write true or false")
    params = None if one.get("params") is None else _object(one["params"], f"{where}.params")
    return CoProvision(one.get("is_dependent") is True, one.get("match_dependents"), params)


def read_secret_refs(
    refs: Mapping[str, Any], where: str = "driver_inputs.secret_refs", *, are_opened: bool = False
) -> dict[str, Any]:
    """Return secrets for `secret_refs`: a leaf is `{value}`, or says where the secret is kept. Errors as above.

    A value that is null is not known here, as in a file without its secrets. If the references `are_opened`, it is what
    was given, as for an optional variable of Terraform.
    """
    found: dict[str, Any] = {}
    for name, value in refs.items():
        one = _object(value, f"{where}.{name}")
        if "value" in one and not isinstance(one["value"], Mapping | None):
            found[name] = hidden(one["value"])
        elif are_opened and "value" in one and one["value"] is None:
            found[name] = None
        elif is_secret_ref(one):
            kept = {member: text for member, text in one.items() if isinstance(text, str)}
            found[name] = HiddenText(reference=kept)
        else:
            found[name] = read_secret_refs(one, f"{where}.{name}", are_opened=are_opened)
    return found


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if value is None and where:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise InvalidInputError("it is not an object", where=where or None, fix="write it as an object")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInputError("it is not a list", where=where, fix="write it as a list")
    return value


def _text(one: Mapping[str, Any], name: str, where: str = "", *, default: str | None = None) -> str:
    value = one.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not value:
        what = "it is missing" if value is None else "it is not a string" if value != "" else "it is empty"
        raise InvalidInputError(what, where=f"{where}.{name}" if where else name, fix="write it as a string")
    return value
