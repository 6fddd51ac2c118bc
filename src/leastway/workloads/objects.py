"""The objects of Kubernetes that make up a workload, as manifests for server-side apply.

| object | when |
|---|---|
| ServiceAccount | unless the workload names one; it has no token of the cluster |
| ConfigMap, Secret | for files, and for the variables whose values are secrets |
| Deployment | always |
| Service | if the workload has ports |
| Ingress | if it has routes |

Every object has the labels of its workload, by which what left a deployment set is found. What a workload leaves open
(the number of replicas) is not in the manifest, so that it stays with whoever set it. A change of a file or of a secret
changes an annotation of the pods, so that they are replaced; for secrets it is a keyed digest, from which nobody can
guess them. A leaf of a manifest may be a `Secret`: the adapter that sends it reveals it.
Source: Kubernetes API reference, 1.35.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.workloads.api_rules import check_annotations, check_data, check_host
from leastway.workloads.module import Container, File, Port, Probe, Workload

__all__ = ["LABELS", "MANAGED_BY", "ORGANIZATION", "Manifest", "Place", "objects_of"]

Manifest = Mapping[str, Any]
LABELS: Final = ("leastway.dev/application", "leastway.dev/environment", "leastway.dev/workload")
"""The labels by which the objects of one workload are selected; a Deployment's selector never changes."""
ORGANIZATION: Final = "leastway.dev/organization"
"""A label of every object that a deployment applies. Pods and selectors do not have it: a selector never changes."""
MANAGED_BY: Final = ("app.kubernetes.io/managed-by", "leastway")
"""The label of every object that belongs to a workload."""
_CONTENT: Final = "leastway.dev/content"
_PROBE_NAMES: Final = {
    "liveness_probe": "livenessProbe",
    "readiness_probe": "readinessProbe",
    "startup_probe": "startupProbe",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workload goes. `volumes` are pod volumes without their names, and `hosts` are DNS names, by resource id;
    one that its resource did not give is empty.

    `key` makes digests of secrets; without it, a workload with secrets is refused.
    """

    application: str
    environment: str
    namespace: str
    volumes: Mapping[str, Manifest]
    hosts: Mapping[str, str]
    key: Secret | None = None


def objects_of(workload: Workload, place: Place) -> tuple[Manifest, ...]:
    """Return the manifests in the order in which they are applied.

    Errors: InvalidInputError for a volume or host that the place does not have.
    """
    return tuple(_Objects(workload, place).all())


@dataclass(frozen=True, slots=True)
class _Content:
    """A file, and its key in the ConfigMap or in the Secret."""

    key: str
    file: File

    @property
    def is_secret(self) -> bool:
        return isinstance(self.file.value, Secret)


class _Objects:
    def __init__(self, workload: Workload, place: Place) -> None:
        self._workload = workload
        self._place = place
        self._selector = dict(zip(LABELS, (place.application, place.environment, workload.name), strict=True))
        self._files = {
            (name, path): _Content(f"file-{number}", file)
            for number, (name, path, file) in enumerate(
                (name, path, file) for name, one in workload.containers.items() for path, file in one.files.items()
            )
        }
        self._config = {one.key: one.file.value for one in self._files.values() if isinstance(one.file.value, str)}
        self._secrets = {one.key: one.file.value for one in self._files.values() if isinstance(one.file.value, Secret)}
        for name, one in workload.containers.items():
            secrets = ((key, value) for key, value in one.variables.items() if isinstance(value, Secret))
            self._secrets |= {f"{name}.{key}": value for key, value in secrets}
        mounts = (mount.volume for one in workload.containers.values() for mount in one.mounts.values())
        self._volume_names = {volume: f"volume-{number}" for number, volume in enumerate(dict.fromkeys(mounts))}

    def all(self) -> Iterator[Manifest]:
        """Yield the objects that others refer to before those that refer to them."""
        name = self._workload.name
        check_data(self._config.values(), f"modules.{name}")
        check_data((one.reveal() for one in self._secrets.values()), f"modules.{name}")
        if self._workload.service_account is None:
            yield {**self._head("v1", "ServiceAccount"), "automountServiceAccountToken": False}
        if self._config:
            yield {**self._head("v1", "ConfigMap", f"{name}-files"), "data": dict(self._config)}
        if self._secrets:
            data = {key: _base64(value) for key, value in self._secrets.items()}
            yield {**self._head("v1", "Secret", f"{name}-secrets"), "type": "Opaque", "data": data}
        yield self._deployment()
        if self._workload.ports:
            ports = [_service_port(name, port) for name, port in self._workload.ports.items()]
            yield {**self._head("v1", "Service"), "spec": {"selector": self._selector, "ports": ports}}
        if self._workload.routes:
            yield {**self._head("networking.k8s.io/v1", "Ingress"), "spec": {"rules": self._rules()}}

    def _head(self, version: str, kind: str, name: str | None = None) -> dict[str, Any]:
        labels = {**self._selector, **dict([MANAGED_BY]), "app.kubernetes.io/name": self._workload.name}
        metadata = {"name": name or self._workload.name, "namespace": self._place.namespace, "labels": labels}
        return {"apiVersion": version, "kind": kind, "metadata": metadata}

    def _deployment(self) -> Manifest:
        workload = self._workload
        head = self._head("apps/v1", "Deployment")
        own = head["metadata"]["labels"]
        head["metadata"]["labels"] = {**workload.labels, **own}
        if workload.annotations:
            head["metadata"]["annotations"] = dict(workload.annotations)
        annotations = dict(workload.pod_annotations)
        if self._config or self._secrets:
            annotations[_CONTENT] = self._digest()
        metadata: dict[str, Any] = {"labels": {**workload.pod_labels, **own}}
        if annotations:
            metadata["annotations"] = annotations
        for each in (workload.annotations, annotations):
            check_annotations(each, f"modules.{workload.name}.spec.annotations")
        pod: dict[str, Any] = {
            "serviceAccountName": workload.service_account or workload.name,
            "containers": [self._container(name, one) for name, one in workload.containers.items()],
        }
        if volumes := list(self._volumes()):
            pod["volumes"] = volumes
        spec: dict[str, Any] = {
            "selector": {"matchLabels": self._selector},
            "template": {"metadata": metadata, "spec": pod},
        }
        if workload.replicas is not None:
            spec["replicas"] = workload.replicas
        return {**head, "spec": spec}

    def _container(self, name: str, one: Container) -> Manifest:
        mounts = [_file_mount(path, self._files[name, path]) for path in one.files]
        for path, mount in one.mounts.items():
            found: dict[str, Any] = {"name": self._volume_names[mount.volume], "mountPath": path}
            if mount.sub_path:
                found["subPath"] = mount.sub_path
            if mount.read_only:
                found["readOnly"] = True
            mounts.append(found)
        resources = {key: dict(value) for key, value in (("requests", one.requests), ("limits", one.limits)) if value}
        optional = {
            "command": list(one.command),
            "args": list(one.args),
            "env": [self._variable(name, key, value) for key, value in one.variables.items()],
            "resources": resources,
            "volumeMounts": mounts,
            **{_PROBE_NAMES[key]: _probe(probe) for key, probe in one.probes.items()},
        }
        if name == next(iter(self._workload.containers)):
            optional["ports"] = _container_ports(self._workload.ports.values())
        return {"name": name, "image": one.image, **{key: value for key, value in optional.items() if value}}

    def _variable(self, container: str, name: str, value: str | Secret) -> Manifest:
        if isinstance(value, Secret):
            reference = {"name": f"{self._workload.name}-secrets", "key": f"{container}.{name}"}
            return {"name": name, "valueFrom": {"secretKeyRef": reference}}
        return {"name": name, "value": _literal(value)}

    def _volumes(self) -> Iterator[Manifest]:
        files: dict[bool, list[Manifest]] = {False: [], True: []}
        for one in self._files.values():
            mode = {} if one.file.mode is None else {"mode": one.file.mode}
            files[one.is_secret].append({"key": one.key, "path": one.key, **mode})
        if files[False]:
            yield {"name": "files", "configMap": {"name": f"{self._workload.name}-files", "items": files[False]}}
        if files[True]:
            secret = {"secretName": f"{self._workload.name}-secrets", "items": files[True]}
            yield {"name": "secret-files", "secret": secret}
        for identifier, volume in self._volume_names.items():
            if identifier not in self._place.volumes:
                raise InvalidInputError(
                    f"the volume {identifier!r} does not exist",
                    where=f"modules.{self._workload.name}",
                    fix="add a resource of type volume with this id",
                )
            if not self._place.volumes[identifier]:  # Kubernetes would make it an emptyDir, which no pod keeps
                raise InvalidInputError(
                    f"the volume {identifier!r} has no source",
                    where=f"modules.{self._workload.name}",
                    fix="let its definition give one, such as persistentVolumeClaim, or emptyDir: {}",
                )
            yield {"name": volume, **self._place.volumes[identifier]}

    def _rules(self) -> list[Manifest]:
        paths: dict[str, list[Manifest]] = {}
        for route in self._workload.routes:
            backend = {"service": {"name": self._workload.name, "port": {"number": route.port}}}
            host = self._host(route.host)
            check_host(host, f"modules.{self._workload.name}.spec.ingress")
            paths.setdefault(host, []).append({"path": route.path, "pathType": route.path_type, "backend": backend})
        return [{"host": host, "http": {"paths": found}} for host, found in paths.items()]

    def _host(self, host: str) -> str:
        if not host.startswith(("externals.", "shared.", "modules.")):
            return host
        found = self._place.hosts.get(host)
        if found is None:
            raise InvalidInputError(
                f"the host {host!r} does not exist",
                where=f"modules.{self._workload.name}.spec.ingress",
                fix="add a resource of type dns with this id",
            )
        if not found:  # Kubernetes would take every host
            raise InvalidInputError(
                f"the resource {host!r} gives no host",
                where=f"modules.{self._workload.name}.spec.ingress",
                fix="let its definition give the output host, as a text that is no secret",
            )
        return found

    def _digest(self) -> str:
        """Return a digest of all contents; that of secrets needs the key."""
        digest = hashlib.sha256(repr(sorted(self._config.items())).encode())
        if self._secrets:
            if self._place.key is None:
                raise InvalidInputError(
                    "the workload has secrets, and nothing makes their digests",
                    where=f"modules.{self._workload.name}",
                    fix="deploy it with the platform's server",
                )
            keyed = hmac.new(self._place.key.reveal().encode(), digestmod=hashlib.sha256)
            for name, value in sorted(self._secrets.items()):
                content = value.reveal().encode()
                keyed.update(f"{name}:{len(content)}:".encode() + content)
            digest.update(keyed.digest())
        return digest.hexdigest()[:32]


def _file_mount(path: str, content: _Content) -> dict[str, Any]:
    volume = "secret-files" if content.is_secret else "files"
    return {"name": volume, "mountPath": path, "subPath": content.key, "readOnly": True}


def _base64(value: Secret) -> Secret:
    return Secret(base64.b64encode(value.reveal().encode()).decode())


def _literal(value: str) -> str:
    """Return a value that Kubernetes passes on as it is: it replaces `$(NAME)`, and makes `$$` a single one."""
    return value.replace("$", "$$") if "$$" in value or "$(" in value else value


def _service_port(name: str, port: Port) -> Manifest:
    return {"name": name, "port": port.service_port, "targetPort": port.container_port, "protocol": port.protocol}


def _container_ports(ports: Iterable[Port]) -> list[Manifest]:
    inside = dict.fromkeys((port.container_port, port.protocol) for port in ports)
    return [{"containerPort": number, "protocol": protocol} for number, protocol in inside]


def _probe(probe: Probe) -> Manifest:
    if probe.command:
        return {"exec": {"command": list(probe.command)}}
    if probe.path is None:
        return {"tcpSocket": {"port": probe.port}}
    headers = [{"name": name, "value": value} for name, value in probe.headers.items()]
    found: dict[str, Any] = {"path": probe.path, "port": probe.port}
    if headers:
        found["httpHeaders"] = headers
    return {"httpGet": found}
