"""A state as people may see it: every resource by its address, and no value that could be a secret.

Of attributes, only identifying ones are shown, by a list of names; a provider does not mark every secret as sensitive.
Outputs are shown unless they are sensitive. What is shown is searched for the state's sensitive values, and for what
looks like a credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from leastway.primitives import MASK, Masker
from leastway.registry.secret_text import mask
from leastway.terraform.foreign import fields_of, items_of, objects_in
from leastway.terraform.state_document import StateDocument, sensitive_in_state

__all__ = ["masked_state"]

_SHOWN: Final = ("arn", "id", "name", "bucket", "region", "account_id", "owner_id", "status")


def masked_state(document: StateDocument) -> dict[str, Any]:
    """Return what may be shown of a state, as JSON: `resources` and `outputs`. Of an encrypted one, neither."""
    if document.is_encrypted:
        return {"is_encrypted": True, "resources": [], "outputs": {}}
    masker = Masker(sensitive_in_state(document))
    resources = [_resource(each, masker) for each in objects_in(document.content.get("resources"))]
    return {
        "terraform_version": _scalar(document.content.get("terraform_version"), masker),
        "is_encrypted": False,
        "resources": resources,
        "outputs": {
            name: MASK if output.get("sensitive") else _masked(output.get("value"), masker)
            for name, output in fields_of(document.content.get("outputs")).items()
            if isinstance(output, dict)
        },
    }


def _resource(resource: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    parts = [resource.get("module"), "data" if resource.get("mode") == "data" else None]
    parts += [resource.get("type"), resource.get("name")]
    return {
        "address": masker.text(".".join(part for part in parts if isinstance(part, str))),
        "provider": _scalar(resource.get("provider"), masker),
        "instances": [_instance(each, masker) for each in objects_in(resource.get("instances"))],
    }


def _instance(instance: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    attributes = fields_of(instance.get("attributes"))
    marked = {_first(path) for path in items_of(instance.get("sensitive_attributes")) if isinstance(path, list)}
    shown = {
        name: _scalar(attributes[name], masker)
        for name in _SHOWN
        if isinstance(attributes.get(name), str) and name not in marked and "" not in marked
    }
    found: dict[str, Any] = {"shown": shown, "hidden": len(attributes) - len(shown)}
    if "index_key" in instance:
        found["index"] = _scalar(instance["index_key"], masker)
    if isinstance(status := instance.get("status"), str):
        found["status"] = status[:20]
    return found


def _first(path: list[Any]) -> str:
    """Return the attribute in which a sensitive path begins; the empty text if that is not known."""
    step = path[0] if path else None
    value = step.get("value") if isinstance(step, dict) else None
    return value if isinstance(value, str) else ""


def _masked(value: object, masker: Masker) -> object:
    match value:
        case dict():
            return {masker.text(str(name)): _masked(member, masker) for name, member in value.items()}
        case list():
            return [_masked(member, masker) for member in value]
        case _:
            return _scalar(value, masker)


def _scalar(value: object, masker: Masker) -> object:
    if isinstance(value, str):
        return mask(masker.text(value))
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    return value if isinstance(value, int | float) and masker.text(text) == text else MASK
