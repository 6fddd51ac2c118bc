"""`humanitec/template`: outputs, secrets and manifests from templates in the definition's values.

1. `init` makes what the others find in `.init`.
2. `outputs` makes values; what has a secret in it becomes a secret output.
3. `secrets` makes secret outputs.
4. `cookie` makes what the next deployment finds in `.cookie`.
5. `manifests` makes objects for Kubernetes, the output `manifests`.

Each is a text that makes YAML, or an object whose texts are templates. They see `.id` (the resource's guresid),
`.type`, `.class`, `.resource` (its params), `.driver.values`, `.driver.secrets`, `.init`, `.cookie`, `.outputs.values`
and `.outputs.secrets`. docs/drivers.md describes the language.
Source: Humanitec's documentation, "Template driver"; its example library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.orchestrator.drivers.interface import Means, Node, Provided
from leastway.orchestrator.drivers.outputs import hidden, revealed, split_outputs, united
from leastway.orchestrator.drivers.rendered_yaml import read_rendered
from leastway.primitives import Secret
from leastway.registry.templates import check_templates, parse_template

__all__ = ["template"]

_MOST_FILES: Final = 100
_WHERE: Final = "driver_inputs.values.templates"


def template(node: Node, _means: Means) -> Provided:
    """Return what the templates of the node make. Errors: InvalidInputError at the line and column of a template."""
    templates = check_templates(node.values.get("templates"), f"{node.where}: {_WHERE}")
    data: dict[str, Any] = {
        "id": node.guresid,
        "type": node.key.type,
        "class": node.key.resource_class,
        "resource": node.params,
        "driver": {
            "values": {name: value for name, value in node.values.items() if name != "templates"},
            "secrets": node.secrets,
        },
        "cookie": _opened(node.cookie),
        "init": {},
    }
    data["init"] = _made(node, templates, "init", data)
    found = split_outputs(node, _made(node, templates, "outputs", data), {})
    data["outputs"] = {"values": found.values, "secrets": found.secrets}
    secrets = hidden(_made(node, templates, "secrets", data))
    found = split_outputs(node, found.values, united(found.secrets, secrets, found.values, node))
    data["outputs"] = {"values": found.values, "secrets": found.secrets}
    cookie = _sealable(node, _made(node, templates, "cookie", data))
    manifests = _manifests(node, templates, data)
    if not manifests:
        return Provided(values=found.values, secrets=found.secrets, cookie=cookie)
    if "manifests" in found.values or "manifests" in found.secrets:
        what = "there are manifests among the outputs, and a template for manifests"
        raise InvalidInputError(what, where=_at(node, "manifests"), fix="keep one of the two")
    found = split_outputs(node, {**found.values, "manifests": manifests}, found.secrets)
    return Provided(values=found.values, secrets=found.secrets, cookie=cookie)


def _made(node: Node, templates: Mapping[str, Any], name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object that a template makes, or one without members if it makes nothing."""
    where = _at(node, name)
    made = _rendered(templates.get(name), data, where)
    if made is None:
        return {}
    if not isinstance(made, dict):
        raise InvalidInputError(
            "the template does not make an object", where=where, fix="let it make YAML such as a: b"
        )
    return made


def _rendered(written: Any, data: Mapping[str, Any], where: str) -> Any:
    """Return what a template in either form makes: of a text, the YAML; of an object, the object with its texts."""
    if isinstance(written, str | Secret):
        return read_rendered(parse_template(written, where).render(data), where)
    return _rendered_texts(written, data, where)


def _rendered_texts(written: Any, data: Mapping[str, Any], where: str) -> Any:
    if isinstance(written, Mapping):
        return {name: _rendered_texts(one, data, f"{where}.{name}") for name, one in written.items()}
    if isinstance(written, list | tuple):
        return [_rendered_texts(one, data, f"{where}[{number}]") for number, one in enumerate(written)]
    if isinstance(written, str | Secret):
        made = parse_template(written, where).render(data)
        return Secret(made.text) if made.secret_ranges else made.text
    return written


def _manifests(node: Node, templates: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifests by file: each with its location, and its data as an object."""
    where, written = _at(node, "manifests"), templates.get("manifests")
    if isinstance(written, Mapping):
        files: Any = {name: _file(one, data, f"{where}.{name}") for name, one in written.items()}
    else:
        files = _made(node, templates, "manifests", data)
    if len(files) > _MOST_FILES:
        raise InvalidInputError(f"there are more than {_MOST_FILES} manifests", where=where, fix="make fewer")
    return {name: _with_object(one, f"{where}.{name}") for name, one in files.items()}


def _file(written: Any, data: Mapping[str, Any], where: str) -> Any:
    """Return one manifest whose data are a template of its own, so that its secrets are known one by one."""
    if not isinstance(written, Mapping):
        return _rendered(written, data, where)
    rest = {name: one for name, one in written.items() if name != "data"}
    made = {"data": _rendered(written["data"], data, f"{where}.data")} if "data" in written else {}
    return {**_rendered_texts(rest, data, where), **made}


def _with_object(one: Any, where: str) -> dict[str, Any]:
    """Return a manifest whose data may have been a text of YAML as an object with location and data."""
    if not isinstance(one, Mapping) or one.keys() - {"location", "data"} or not isinstance(one.get("location"), str):
        fix = "write {location: namespace, data: ...}"
        raise InvalidInputError("a manifest has a location and data", where=where, fix=fix)
    content = one.get("data")
    if isinstance(content, Secret):
        fix = "write the data as an object instead of a text, or each manifest as a template of its own"
        raise InvalidInputError("the text of a manifest has a secret in it", where=f"{where}.data", fix=fix)
    if isinstance(content, str):
        content = read_rendered(content, f"{where}.data")
    return {"location": one["location"], "data": content}


def _sealable(node: Node, made: dict[str, Any]) -> Secret | None:
    if not made:
        return None
    found = split_outputs(node, made, {})
    return Secret(json.dumps({"values": found.values, "secrets": revealed(found.secrets)}, separators=(",", ":")))


def _opened(cookie: Secret | None) -> dict[str, Any]:
    """Return a cookie whose secrets are secrets again."""
    if cookie is None:
        return {}
    content = json.loads(cookie.reveal())
    return _together(content["values"], hidden(content["secrets"]))


def _together(values: dict[str, Any], secrets: dict[str, Any]) -> dict[str, Any]:
    both = {name: _together(values[name], secrets[name]) for name in values.keys() & secrets.keys()}
    return {**values, **secrets, **both}


def _at(node: Node, name: str) -> str:
    return f"{node.where}: {_WHERE}.{name}"
