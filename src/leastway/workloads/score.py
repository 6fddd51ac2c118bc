"""Score files: a workload with its resources, as the delta of a deployment set.

| in the Score file | in the delta |
|---|---|
| a container | a container of the module, whose name is `metadata.name` |
| a resource | an external of the module |
| a resource with an `id`, or with `score.humanitec.io/resId` | a shared resource, or what the annotation says |
| a resource of type `environment` | the values of the application: `${resources.env.KEY}` is `${values.KEY}` |
| a resource of type `service` | another module: `${resources.orders.name}` is `${modules.orders.service.name}` |
| `${resources.db.host}` | `${externals.db.host}`, or `${shared.ID.host}` |
| `$${...}` | the literal text `${...}` |

A member that is not read is refused: the workload would be another one without it. Other metadata is not deployed.
Source: the Score specification, `score.dev/v1b1`; the vendor's converter, for what becomes what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry import DEFAULT_PROFILE, Delta, read_delta

__all__ = ["read_score"]

_VERSIONS: Final = ("score.dev/v1b1", "score.sh/v1b1")
_ESCAPED: Final = "$\\{"
_RES_ID: Final = "score.humanitec.io/resId"
_NAME: Final = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")
_PLACE: Final = re.compile(r"\$(\$)?\{([^}]*)\}")
_RES_IDS: Final = re.compile(r"(?:modules\.[a-z0-9-]+\.externals|externals|shared)\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_OF_OTHERS: Final = frozenset({"environment", "service"})
_PROBES: Final = {"livenessProbe": "liveness_probe", "readinessProbe": "readiness_probe"}


def read_score(value: Any) -> Delta:
    """Return the delta that adds the workload of a Score file.

    Errors: InvalidInputError whose `where` is the member.
    """
    score = _object(value, "the file")
    if score.get("apiVersion") not in _VERSIONS:
        fix = f"write apiVersion: {_VERSIONS[0]}"
        raise InvalidInputError("it is not a Score file of a known version", where="apiVersion", fix=fix)
    _only(score, {"apiVersion", "metadata", "containers", "service", "resources"}, "")
    metadata = _object(score.get("metadata"), "metadata")
    name = metadata.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None or len(name) > 63:
        fix = "use at most 63 of a-z, 0-9 and -"
        raise InvalidInputError("it is not the name of a workload", where="metadata.name", fix=fix)
    named = _object(score.get("resources"), "resources")
    resources = {key: _resource(key, each, f"resources.{key}") for key, each in named.items()}
    texts = _Texts(metadata, resources)
    containers = _object(score.get("containers"), "containers")
    if not containers:
        raise InvalidInputError("the workload has no container", where="containers", fix="add one with an image")
    spec: dict[str, Any] = {
        "containers": {key: _container(key, each, f"containers.{key}", texts) for key, each in containers.items()}
    }
    if ports := _ports(_object(score.get("service"), "service")):
        spec["service"] = {"ports": ports}
    module: dict[str, Any] = {"profile": DEFAULT_PROFILE, "spec": spec, "externals": {}}
    shared, by_place = [], dict[str, Any]()
    for resource in resources.values():
        if resource.type in _OF_OTHERS or resource.place.startswith("modules."):
            continue
        body: dict[str, Any] = {"type": resource.type}
        if resource.resource_class is not None:
            body["class"] = resource.resource_class
        if resource.params:
            body["params"] = texts.every(resource.params, f"resources.{resource.name}.params")
        if by_place.setdefault(resource.place, body) is not body:
            if by_place[resource.place] == body:
                continue
            what = f"another resource is {resource.place} too, with another type, class or params"
            raise InvalidInputError(what, where=f"resources.{resource.name}", fix="give one of them another id")
        scope, _, identifier = resource.place.partition(".")
        if scope == "externals":
            module["externals"][identifier] = body
        else:
            shared.append({"op": "add", "path": f"/{identifier}", "value": body})
    return read_delta({"modules": {"add": {name: module}}, "shared": shared})


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource; `place` is where a set has it: `externals.NAME`, `shared.NAME` or `modules.OTHER.externals.NAME`."""

    name: str
    type: str
    resource_class: str | None
    place: str
    params: Mapping[str, Any]


def _resource(name: str, value: Any, where: str) -> _Resource:
    one = _object(value, where)
    _only(one, {"type", "class", "id", "metadata", "params"}, where)
    annotations = _object(_object(one.get("metadata"), f"{where}.metadata").get("annotations"), f"{where}.metadata")
    kind, resource_class, identifier = (one.get(key) for key in ("type", "class", "id"))
    if not isinstance(kind, str) or not kind:
        raise InvalidInputError("it is missing", where=f"{where}.type", fix="write the type of the resource")
    for key, each in (("class", resource_class), ("id", identifier)):
        if each is not None and (not isinstance(each, str) or _NAME.fullmatch(each) is None):
            fix = "use a-z, 0-9 and -"
            raise InvalidInputError(f"it is not the {key} of a resource", where=f"{where}.{key}", fix=fix)
    place = annotations.get(_RES_ID) or (f"shared.{identifier}" if identifier else f"externals.{name}")
    if not isinstance(place, str) or _RES_IDS.fullmatch(place) is None:
        fix = "write externals.NAME, shared.NAME or modules.NAME.externals.NAME"
        raise InvalidInputError("it is not the id of a resource", where=where, fix=fix)
    return _Resource(name, kind, resource_class, place, _object(one.get("params"), f"{where}.params"))


@dataclass(frozen=True, slots=True)
class _Texts:
    """Replaces the placeholders of Score by those of deployment sets."""

    metadata: Mapping[str, Any]
    resources: Mapping[str, _Resource]

    def every(self, value: Any, where: str) -> Any:
        """Return a value with the placeholders replaced in every text of it."""
        if isinstance(value, Mapping):
            return {name: self.every(each, f"{where}.{name}") for name, each in value.items()}
        if isinstance(value, list):
            return [self.every(each, f"{where}[{number}]") for number, each in enumerate(value)]
        return self.text(value, where) if isinstance(value, str) else value

    def text(self, value: Any, where: str) -> str:
        """Return a text with its placeholders replaced. Errors: InvalidInputError."""
        if not isinstance(value, str):
            raise InvalidInputError("it is not a text", where=where, fix="write it as a text")
        return _PLACE.sub(lambda found: self._replaced(found, where), _without_escape(value, where))

    def volume(self, value: Any, where: str) -> str:
        """Return the id of the volume that `${resources.NAME}`, or its name alone, refers to."""
        text = value if isinstance(value, str) else ""
        found = _PLACE.fullmatch(text)
        name = (found[2] if found else text).removeprefix("resources.")
        return self._known(name, where).place

    def _replaced(self, found: re.Match[str], where: str) -> str:
        if found[1]:
            return f"{_ESCAPED}{found[2]}}}"
        first, _, rest = found[2].partition(".")
        if first == "metadata":
            return self._of_metadata(rest, where)
        if first != "resources" or not rest:
            what = f"unknown placeholder ${{{found[2][:100]}}}"
            fix = "use ${metadata.NAME} or ${resources.NAME.OUTPUT}, or write $${ for the literal text"
            raise InvalidInputError(what, where=where, fix=fix)
        name, _, output = rest.partition(".")
        resource = self._known(name, where)
        if resource.type == "environment" and output:
            return f"${{values.{output}}}"
        if resource.type == "service" and output in ("name", "port"):
            return f"${{modules.{name}.service.{output}}}"
        if resource.type == "service" or not output:
            fix = "name an output, as in ${resources.db.host}; a service has name and port"
            raise InvalidInputError(f"{name!r} has no such output", where=where, fix=fix)
        return f"${{{resource.place}.{output}}}"

    def _known(self, name: str, where: str) -> _Resource:
        if name not in self.resources:
            fix = "add it to resources"
            raise InvalidInputError(f"the workload has no resource {name[:100]!r}", where=where, fix=fix)
        return self.resources[name]

    def _of_metadata(self, path: str, where: str) -> str:
        value: Any = self.metadata
        for word in path.split("."):
            value = value.get(word) if isinstance(value, Mapping) else None
        if not isinstance(value, str):
            fix = "use ${metadata.name}"
            raise InvalidInputError(f"the metadata has no text {path[:100]!r}", where=where, fix=fix)
        return _literal(value, where)


def _container(name: str, value: Any, where: str, texts: _Texts) -> dict[str, Any]:
    one = _object(value, where)
    known = {"image", "command", "args", "variables", "files", "volumes", "resources", *_PROBES}
    _only(one, known, where)
    if not isinstance(one.get("image"), str) or one["image"] in ("", "."):
        fix = "write the whole name of the image; a dot, which stands for the image of a pipeline, is not enough"
        raise InvalidInputError("the container has no image", where=f"{where}.image", fix=fix)
    found: dict[str, Any] = {"id": name, "image": one["image"]}
    for key in ("command", "args"):
        if one.get(key):
            found[key] = texts.every(one[key], f"{where}.{key}")
    if variables := _object(one.get("variables"), f"{where}.variables"):
        found["variables"] = texts.every(variables, f"{where}.variables")
    if files := _files(one.get("files"), f"{where}.files", texts):
        found["files"] = files
    if volumes := _volumes(one.get("volumes"), f"{where}.volumes", texts):
        found["volume_mounts"] = volumes
    if resources := _object(one.get("resources"), f"{where}.resources"):
        found["resources"] = resources
    for key, ours in _PROBES.items():
        if one.get(key) is not None:
            found[ours] = _probe(_object(one[key], f"{where}.{key}"), f"{where}.{key}")
    return found


def _without_escape(value: str, where: str) -> str:
    """Return a text that means the same in a deployment set: `$\\{` is an escape there, and none in Score."""
    if _ESCAPED in value:
        what = f"the text has {_ESCAPED}, which a deployment set cannot have: it would become ${{"
        raise InvalidInputError(what, where=where, fix="write $${ for the text ${, or put the file into the image")
    return value


def _literal(value: str, where: str) -> str:
    """Return a text of a deployment set that becomes this text. Errors: InvalidInputError if none does."""
    return _without_escape(value, where).replace("${", _ESCAPED)


def _is_set(one: Mapping[str, Any], name: str, where: str) -> bool:
    value = one.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidInputError("it is not a boolean", where=f"{where}.{name}", fix="write true or false")
    return value is True


def _by_target(value: Any, where: str) -> dict[str, tuple[Mapping[str, Any], str]]:
    """Return entries by their path in the container: a map by path, or the older list with `target`."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {path: (_object(one, f"{where}.{path}"), f"{where}.{path}") for path, one in value.items()}
    found: dict[str, tuple[Mapping[str, Any], str]] = {}
    for number, each in enumerate(value if isinstance(value, list) else [None]):
        at = f"{where}[{number}]"
        one = dict(_object(each, at))
        target = one.pop("target", None)
        if not isinstance(target, str) or target in found:
            what = "it is missing" if not isinstance(target, str) else "this path appears twice"
            raise InvalidInputError(what, where=f"{at}.target", fix="write the path in the container")
        found[target] = (one, at)
    return found


def _files(value: Any, where: str, texts: _Texts) -> dict[str, Any]:
    found = {}
    for path, (one, at) in _by_target(value, where).items():
        _only(one, {"mode", "content", "noExpand"}, at)
        content = one.get("content")
        if isinstance(content, list) and all(isinstance(line, str) for line in content):  # an older form: lines
            content = "\n".join(content)
        if not isinstance(content, str):
            fix = "write the content into the file; source and binaryContent are not served"
            raise InvalidInputError("it is not a text", where=f"{at}.content", fix=fix)
        read = _literal if _is_set(one, "noExpand", at) else texts.text
        found[path] = {"value": read(content, f"{at}.content")}
        if (mode := one.get("mode")) is not None:
            if not isinstance(mode, str):  # 420 may be 0644 in decimal, or r---w----
                raise InvalidInputError("it is not a text", where=f"{at}.mode", fix='write it in quotes, as in "0644"')
            found[path]["mode"] = mode
    return found


def _volumes(value: Any, where: str, texts: _Texts) -> dict[str, Any]:
    found = {}
    for path, (one, at) in _by_target(value, where).items():
        _only(one, {"source", "path", "readOnly"}, at)
        found[path] = {
            "id": texts.volume(one.get("source"), f"{at}.source"),
            "sub_path": one.get("path") or "",
            "read_only": _is_set(one, "readOnly", at),
        }
    return found


def _probe(one: Mapping[str, Any], where: str) -> dict[str, Any]:
    _only(one, {"httpGet", "exec"}, where)
    if (one.get("httpGet") is None) is (one.get("exec") is None):
        raise InvalidInputError("it is not one probe", where=where, fix="write either httpGet or exec")
    if one.get("exec") is not None:
        command = _object(one["exec"], f"{where}.exec")
        _only(command, {"command"}, f"{where}.exec")
        return {"type": "command", "command": command.get("command")}
    http = _object(one.get("httpGet"), f"{where}.httpGet")
    _only(http, {"path", "port", "httpHeaders"}, f"{where}.httpGet")
    probe = {"type": "http", "path": http.get("path"), "port": http.get("port")}
    if headers := _headers(http.get("httpHeaders"), f"{where}.httpGet.httpHeaders"):
        probe["headers"] = headers
    return probe


def _headers(value: Any, where: str) -> dict[str, Any]:
    fix = "write a list of {name, value}"
    if value is not None and not isinstance(value, list):
        raise InvalidInputError("it is not a list of headers", where=where, fix=fix)
    found: dict[str, Any] = {}
    for number, each in enumerate(value or ()):
        at = f"{where}[{number}]"
        one = _object(each, at)
        _only(one, {"name", "value"}, at)
        name = one.get("name")
        if not isinstance(name, str):
            raise InvalidInputError("the header has no name", where=at, fix=fix)
        if name.lower() in map(str.lower, found):
            raise InvalidInputError("the header appears twice", where=at, fix="write it once")
        found[name] = one.get("value")
    return found


def _ports(service: Mapping[str, Any]) -> dict[str, Any]:
    _only(service, {"ports"}, "service")
    found = {}
    for name, value in _object(service.get("ports"), "service.ports").items():
        where = f"service.ports.{name}"
        one = _object(value, where)
        _only(one, {"port", "protocol", "targetPort"}, where)
        found[name] = {
            "protocol": one.get("protocol") or "TCP",
            "service_port": one.get("port"),
            "container_port": one.get("port" if one.get("targetPort") is None else "targetPort"),
        }
    return found


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise InvalidInputError("it is not an object", where=where, fix="write it as an object")
    return value


def _only(one: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in one:
        if name not in known:
            at = f"{where}.{name}" if where else name
            fix = f"remove it; {', '.join(sorted(known))} are read"
            raise InvalidInputError("this member of a Score file is not served", where=at, fix=fix)
