"""How a server reaches the cluster of its runs: by a kubeconfig file, or as the ServiceAccount of its own pod.

Of a kubeconfig, the current context counts: its https address, its CA and a bearer token or a file with one. Programs
and client certificates are refused by name, because the processes of runs start no program of others and have an empty
environment. Sources: Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files" and "Accessing the
Kubernetes API from a Pod".
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from leastway.errors import InvalidInputError, LeastwayError
from leastway.isolation import ClusterAccess
from leastway.primitives import Secret, read_authorities, read_file

__all__ = ["ambient_access", "read_kubeconfig"]

_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_LARGEST: Final = 1 << 20
_FIX: Final = "write a kubeconfig with a `token` or a `tokenFile`, such as that of a ServiceAccount"


def ambient_access(folder: Path = _ACCOUNT, environment: Mapping[str, str] = os.environ) -> ClusterAccess:
    """Return how the ServiceAccount of this pod reaches its cluster. Errors: LeastwayError outside of a cluster."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    token, authority = folder / "token", folder / "ca.crt"
    if not host or not token.exists() or not authority.exists():
        raise LeastwayError(
            "this machine is no pod with a ServiceAccount, so there is no cluster for pods of runs",
            fix="name a kubeconfig with --run-kubeconfig",
        )
    name = f"[{host}]" if ":" in host else host
    return ClusterAccess(
        endpoint=f"https://{name}:{port}",
        authority=_encoded(authority),
        token_file=token,
    )


def read_kubeconfig(path: Path) -> ClusterAccess:
    """Return how the current context of a kubeconfig file reaches its cluster. Errors: InvalidInputError."""
    from leastway.source import SourceText, decoded, plain
    from leastway.source.yaml_tree import Dialect, read_yaml  # it loads PyYAML

    where = str(path)
    text = SourceText(decoded(read_file(path, limit=_LARGEST)), where)
    stream = read_yaml(text, Dialect(deepest=16, most_events=20_000, is_strict=False, quote=lambda _: "a value"))
    value = plain(stream.documents[0]) if len(stream.documents) == 1 and not stream.defects else None
    if not isinstance(value, dict):
        raise InvalidInputError("it is not a kubeconfig file", where=where)
    context = _named(value, "contexts", "context", value.get("current-context"), where)
    cluster = _named(value, "clusters", "cluster", context.get("cluster"), where)
    user = _named(value, "users", "user", context.get("user"), where)
    for name in ("exec", "auth-provider", "client-certificate", "client-certificate-data", "username"):
        if user.get(name):
            raise InvalidInputError(f"its user has `{name}`, which runs cannot use", where=where, fix=_FIX)
    for name in ("insecure-skip-tls-verify", "proxy-url", "tls-server-name"):
        if cluster.get(name):
            raise InvalidInputError(f"its cluster has `{name}`, which runs cannot use", where=where)
    token, token_file = user.get("token"), user.get("tokenFile")
    if not isinstance(token, str) and not isinstance(token_file, str):
        raise InvalidInputError("its user has no token", where=where, fix=_FIX)
    server = cluster.get("server")
    if not isinstance(server, str) or not server.startswith("https://"):
        raise InvalidInputError("its cluster has no https address", where=where)
    return ClusterAccess(
        endpoint=server,
        authority=_authority(cluster, path),
        token=Secret(token) if isinstance(token, str) else None,
        token_file=path.parent.absolute() / token_file if isinstance(token_file, str) else None,
    )


def _named(config: Mapping[str, Any], plural: str, kind: str, name: object, where: str) -> Mapping[str, Any]:
    listed = config.get(plural)
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and name and one.get("name") == name and isinstance(one.get(kind), dict):
            found: dict[str, Any] = one[kind]
            return found
    what = f"its {plural} have no {name!r}" if name else f"it names no {kind}"
    raise InvalidInputError(what, where=where, fix="set its current-context: kubectl config use-context")


def _authority(cluster: Mapping[str, Any], path: Path) -> str:
    data, file = cluster.get("certificate-authority-data"), cluster.get("certificate-authority")
    if isinstance(data, str):
        return data
    if not isinstance(file, str):
        raise InvalidInputError("its cluster has no certificate authority", where=str(path))
    return _encoded(path.parent / file)


def _encoded(file: Path) -> str:
    return base64.b64encode(read_authorities(file).encode()).decode()
