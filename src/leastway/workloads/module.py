"""What a module of the profile `humanitec/default-module` says about its workload.

A spec is read after its placeholders were resolved. A secret (`Secret`) is possible as the value of a variable or of a
file, and nowhere else: everything else stands in objects that many can read. Features that are not served are refused
by name, never left out.

Source: Humanitec's documentation, "Workload Profiles: Features"; its example library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import DEFAULT_PROFILE
from leastway.workloads import api_rules

__all__ = ["Container", "File", "Mount", "Port", "Probe", "Route", "Workload", "read_workload"]


@dataclass(frozen=True, slots=True)
class File:
    """A file in a container. `mode` are permission bits; None leaves them to Kubernetes (0644)."""

    value: str | Secret
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume in a container; `volume` is its id, such as `externals.data`."""

    volume: str
    sub_path: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """A check of a container: of a path by HTTP, of a port by TCP if `path` is None, or by a command."""

    command: tuple[str, ...] = ()
    port: int = 0
    path: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container. `requests` and `limits` are quantities of Kubernetes by resource."""

    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    variables: Mapping[str, str | Secret] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    mounts: Mapping[str, Mount] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    """By `liveness_probe`, `readiness_probe` and `startup_probe`."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the service; `container_port` is where it leads."""

    service_port: int
    container_port: int
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class Route:
    """A path of an ingress; `host` is a name, or the id of a resource of type `dns` such as `shared.dns`."""

    host: str
    path: str
    path_type: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A workload: its name is the id of its module, and the name of its objects."""

    name: str
    containers: Mapping[str, Container]
    ports: Mapping[str, Port] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of the Deployment."""
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    pod_annotations: Mapping[str, str] = field(default_factory=dict)
    replicas: int | None = None
    """None leaves the number to whoever scales the Deployment; a new one has 1."""
    service_account: str | None = None
    """None for one of the workload's own, which has no token of the cluster."""


_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_VARIABLE: Final = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_MODE: Final = re.compile(r"0?[0-7]{3}")
_FILE: Final = re.compile(r"(?:/[^/\x00]+){2,}")
_PORT_NAME: Final = re.compile(r"(?=.{1,15}\Z)(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*")
_QUANTITY: Final = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+|m|k|[MGTPE]|[KMGTPE]i)?")
_PROBES: Final = ("liveness_probe", "readiness_probe", "startup_probe")
_PATH_TYPES: Final = {"prefix": "Prefix", "exact": "Exact", "implementation": "ImplementationSpecific"}

_OF_SPEC: Final = frozenset(
    {"containers", "service", "ingress", "labels", "annotations", "replicas", "deployment", "pod", "serviceAccountName"}
)
_OF_CONTAINER: Final = frozenset(
    {"id", "image", "command", "args", "variables", "files", "volume_mounts", "resources", *_PROBES}
)

Value = TypeVar("Value")


def read_workload(name: str, spec: Mapping[str, Any]) -> Workload:
    """Return the workload of a module. Errors: InvalidInputError whose `where` is the field, without its value."""
    if _NAME.fullmatch(name) is None:
        what = f"the name of the module {name!r} cannot be the name of a Service"
        raise InvalidInputError(
            what, where="the module", fix="use at most 63 of a-z, 0-9 and -, and begin with a letter"
        )
    _only(spec, _OF_SPEC, "", "feature")
    deployment, pod = (_object(spec, each, "") for each in ("deployment", "pod"))
    _only(deployment, {"labels", "annotations", "replicas"}, "deployment", "property")
    _only(pod, {"labels", "annotations", "serviceAccountName"}, "pod", "property")
    containers = _each(spec, "containers", "", _container)
    if not containers:
        raise InvalidInputError("the module has no container", where="containers", fix="add one with an image")
    ports = _ports(_object(spec, "service", ""))
    return Workload(
        name=name,
        containers=containers,
        ports=ports,
        routes=_routes(_object(spec, "ingress", ""), ports),
        labels=_texts(deployment, "labels", "deployment", is_of_object=True),
        annotations=_texts(deployment, "annotations", "deployment", is_of_object=True),
        pod_labels={**_texts(spec, "labels", "", is_of_object=True), **_texts(pod, "labels", "pod", is_of_object=True)},
        pod_annotations={
            **_texts(spec, "annotations", "", is_of_object=True),
            **_texts(pod, "annotations", "pod", is_of_object=True),
        },
        replicas=_replicas(deployment, "deployment.replicas", _replicas(spec, "replicas", None)),
        service_account=_account(pod, "pod.", _account(spec, "", None)),
    )


def _container(value: Any, where: str) -> Container:
    if _LABEL.fullmatch(where.partition(".")[2]) is None:
        fix = "use at most 63 of a-z, 0-9 and -"
        raise InvalidInputError("it cannot be the name of a container", where=where, fix=fix)
    one = _mapping(value, where)
    _only(one, _OF_CONTAINER, where, "property")
    resources = _object(one, "resources", where)
    _only(resources, {"requests", "limits"}, f"{where}.resources", "property")
    mounts = _each(one, "volume_mounts", where, _mount)
    requests, limits = (_quantities(resources, name, where) for name in ("requests", "limits"))
    api_rules.check_resources(requests, limits, f"{where}.resources")
    return Container(
        image=_text(one.get("image"), f"{where}.image"),
        command=_list(one, "command", where),
        args=_list(one, "args", where),
        variables=_variables(one, where),
        files=_files(one, where, mounts),
        mounts=mounts,
        requests=requests,
        limits=limits,
        probes={name: _probe(one[name], f"{where}.{name}") for name in _PROBES if one.get(name) is not None},
    )


def _variables(one: Mapping[str, Any], where: str) -> dict[str, str | Secret]:
    found: dict[str, str | Secret] = {}
    for name, value in _object(one, "variables", where).items():
        at = f"{where}.variables.{name}"
        if _VARIABLE.fullmatch(name) is None:
            fix = "use letters, digits and _ - ., and do not begin with a digit"
            raise InvalidInputError("it cannot be the name of an environment variable", where=at, fix=fix)
        if isinstance(value, bool) or not isinstance(value, str | Secret | int | float):
            raise InvalidInputError("it is not a text or a number", where=at, fix="write it as a text")
        if isinstance(value, Secret) and len(f"{where.partition('.')[2]}.{name}") > api_rules.LONGEST_KEY:
            raise InvalidInputError("the name is too long for the key of a secret", where=at, fix="shorten it")
        found[name] = value if isinstance(value, str | Secret) else str(value)
    return found


def _files(one: Mapping[str, Any], where: str, mounts: Mapping[str, Mount]) -> dict[str, File]:
    found = {}
    for path, value in _object(one, "files", where).items():
        at = f"{where}.files.{path}"
        if _FILE.fullmatch(path) is None or {".", ".."} & set(path.split("/")):
            fix = "write an absolute path with at least one folder, such as /app/settings.ini"
            raise InvalidInputError("it cannot be the path of a file", where=at, fix=fix)
        if any(path == mount or path.startswith(f"{mount.rstrip('/')}/") for mount in mounts):
            raise InvalidInputError("the file is within a volume", where=at, fix="put it elsewhere")
        file = _mapping(value, at)
        _only(file, {"mode", "value"}, at, "property")
        content, mode = file.get("value"), file.get("mode")
        if not isinstance(content, str | Secret):
            raise InvalidInputError("it is not a text", where=f"{at}.value", fix="write the content as a text")
        if mode is not None and not (isinstance(mode, str) and _MODE.fullmatch(mode)):
            raise InvalidInputError("it is not a file mode", where=f"{at}.mode", fix='write it as in "0644"')
        found[path] = File(content, None if mode is None else int(mode, 8))
    return found


def _mount(value: Any, where: str) -> Mount:
    one = _mapping(value, where)
    _only(one, {"id", "sub_path", "read_only"}, where, "property")
    path = where.rpartition(".volume_mounts.")[2]
    if not path.startswith("/") or path == "/" or {".", ".."} & set(path.split("/")) or ":" in path:
        raise InvalidInputError("it cannot be the path of a volume", where=where, fix="write an absolute path")
    read_only = one.get("read_only", False)
    if not isinstance(read_only, bool):
        raise InvalidInputError("it is not a boolean", where=f"{where}.read_only", fix="write true or false")
    sub_path = one.get("sub_path") or ""
    if not isinstance(sub_path, str) or sub_path.startswith("/") or ".." in sub_path.split("/"):
        fix = "write a relative path within the volume"
        raise InvalidInputError("it is not a path within the volume", where=f"{where}.sub_path", fix=fix)
    return Mount(_text(one.get("id"), f"{where}.id"), sub_path, read_only)


def _probe(value: Any, where: str) -> Probe:
    one = _mapping(value, where)
    match one.get("type"):
        case "command":
            _only(one, {"type", "command"}, where, "property")
            command = _list(one, "command", where)
            if not command:
                raise InvalidInputError("it is missing", where=f"{where}.command", fix="write the command as a list")
            return Probe(command)
        case "tcp":
            _only(one, {"type", "port"}, where, "property")
            return Probe(port=_port(one.get("port"), f"{where}.port"))
        case "http":
            _only(one, {"type", "path", "port", "headers"}, where, "property")
            path = _text(one.get("path"), f"{where}.path")
            if not path.startswith("/"):
                raise InvalidInputError("it does not begin with a slash", where=f"{where}.path", fix="write /healthz")
            headers = _texts(one, "headers", where)
            for name in headers:
                api_rules.check_header(name, f"{where}.headers.{name}")
            return Probe(port=_port(one.get("port"), f"{where}.port"), path=path, headers=headers)
        case _:
            raise InvalidInputError("the type is not known", where=f"{where}.type", fix="use command, http or tcp")


def _ports(service: Mapping[str, Any]) -> dict[str, Port]:
    _only(service, {"ports"}, "service", "property")
    found: dict[str, Port] = {}
    for name, value in _object(service, "ports", "service").items():
        where = f"service.ports.{name}"
        if _PORT_NAME.fullmatch(name) is None:
            fix = "use at most 15 of a-z, 0-9 and -, with a letter"
            raise InvalidInputError("it cannot be the name of a port", where=where, fix=fix)
        one = _mapping(value, where)
        _only(one, {"protocol", "service_port", "container_port"}, where, "property")
        protocol = one.get("protocol") or "TCP"
        if protocol not in ("TCP", "UDP", "SCTP"):
            raise InvalidInputError("the protocol is not known", where=f"{where}.protocol", fix="use TCP, UDP or SCTP")
        service_port = _port(one.get("service_port"), f"{where}.service_port")
        inside = one.get("container_port")
        found[name] = Port(
            service_port, service_port if inside is None else _port(inside, f"{where}.container_port"), protocol
        )
    seen: set[tuple[int, str]] = set()
    for name, port in found.items():
        if (key := (port.service_port, port.protocol)) in seen:
            what = f"the service port {port.service_port} appears twice"
            raise InvalidInputError(what, where=f"service.ports.{name}", fix="choose another one")
        seen.add(key)
    return found


def _routes(ingress: Mapping[str, Any], ports: Mapping[str, Port]) -> tuple[Route, ...]:
    _only(ingress, {"rules"}, "ingress", "property")
    found = []
    for host, rule in _object(ingress, "rules", "ingress").items():
        where = f"ingress.rules.{host}"
        for path, value in _object(_mapping(rule, where), "http", where).items():
            at = f"{where}.http.{path}"
            one = _mapping(value, at)
            _only(one, {"type", "port"}, at, "property")
            if not path.startswith("/"):
                raise InvalidInputError("the path does not begin with a slash", where=at, fix="write it as in /api")
            kind = _PATH_TYPES.get(str(one.get("type", "prefix")).lower())
            if kind is None:
                known = ", ".join(_PATH_TYPES)
                raise InvalidInputError("the type is not known", where=f"{at}.type", fix=f"use {known}")
            api_rules.check_route(path, kind, at)
            port = _port(one.get("port"), f"{at}.port")
            if all(each.service_port != port for each in ports.values()):
                what = "the service has no such port"
                raise InvalidInputError(what, where=f"{at}.port", fix="add it to service.ports")
            found.append(Route(host, path, kind, port))
    return tuple(found)


def _replicas(one: Mapping[str, Any], where: str, default: int | None) -> int | None:
    value = one.get("replicas")
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:
        raise InvalidInputError("it is not a number from 0 to 1000", where=where, fix="write a number")
    return value


def _account(one: Mapping[str, Any], where: str, default: str | None) -> str | None:
    value = one.get("serviceAccountName")
    if value is None:
        return default
    if not isinstance(value, str) or not api_rules.is_subdomain(value):
        fix = "write the name of a service account in the namespace"
        raise InvalidInputError("it is not a name", where=f"{where}serviceAccountName", fix=fix)
    return value


def _quantities(one: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    found = {}
    for resource, value in _object(one, name, f"{where}.resources").items():
        text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        if not isinstance(text, str) or _QUANTITY.fullmatch(text) is None:
            at = f"{where}.resources.{name}.{resource}"
            raise InvalidInputError("it is not a quantity", where=at, fix="write it as in 250m or 128Mi")
        found[resource] = text
    return found


def _port(value: Any, where: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
        raise InvalidInputError("it is not a port", where=where, fix="write a number from 1 to 65535")
    return value


def _texts(one: Mapping[str, Any], name: str, where: str, *, is_of_object: bool = False) -> dict[str, str]:
    found = {}
    for key, value in _object(one, name, where).items():
        at = f"{where}.{name}.{key}" if where else f"{name}.{key}"
        found[key] = _text(value, at, may_be_empty=True)
        if is_of_object:
            api_rules.check_mark(name, key, found[key], at)
    return found


def _list(one: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = one.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidInputError("it is not a list", where=f"{where}.{name}", fix="write a list of texts")
    return tuple(_text(each, f"{where}.{name}[{number}]", may_be_empty=True) for number, each in enumerate(value))


def _text(value: Any, where: str, *, may_be_empty: bool = False) -> str:
    if isinstance(value, Secret):
        fix = "use the secret in a variable or in a file, whose values become a Secret of the cluster"
        raise InvalidInputError("a secret would be readable here", where=where, fix=fix)
    if not isinstance(value, str) or not (value or may_be_empty):
        what = "it is missing" if value is None else "it is not a text" if value != "" else "it is empty"
        raise InvalidInputError(what, where=where, fix="write it as a text")
    return value


def _each(one: Mapping[str, Any], name: str, where: str, read: Callable[[Any, str], Value]) -> dict[str, Value]:
    prefix = f"{where}.{name}" if where else name
    return {key: read(value, f"{prefix}.{key}") for key, value in _object(one, name, where).items()}


def _object(one: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    value = one.get(name)
    return {} if value is None else _mapping(value, f"{where}.{name}" if where else name)


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInputError("it is not an object", where=where, fix="write it as an object")
    return value


def _only(one: Mapping[str, Any], known: set[str] | frozenset[str], where: str, kind: str) -> None:
    """Refuse a member that is not served: leaving it out would deploy something else than what was asked for."""
    for name in one:
        if name not in known:
            raise InvalidInputError(
                f"this {kind} of {where or DEFAULT_PROFILE} is not served",
                where=f"{where}.{name}" if where else name,
                fix=f"remove it; {', '.join(sorted(known))} are served",
            )
