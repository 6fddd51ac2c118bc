"""The paths that are no resources: what the server has, its version and its health.

The OpenAPI document says no more than kubectl needs to leave the checking of fields to the server.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.kinds import GROUP_VERSIONS, KINDS, Kind

__all__ = ["discover"]

_VERSION = {
    "major": "1",
    "minor": "35",
    "gitVersion": "v1.35.0-leastway",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
_HEALTH = ("/healthz", "/livez", "/readyz")


def discover(path: str) -> dict[str, Any] | None:
    """Return the document at `path`, or None when there is none."""
    path = path.rstrip("/")
    if path == "/version":
        return _VERSION
    if path in _HEALTH:
        return {"status": "ok"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        groups = [_group(group, version) for group, version in GROUP_VERSIONS if group]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if path == "/openapi/v3":
        return {
            "paths": {_root(*each): {"serverRelativeURL": f"/openapi/v3/{_root(*each)}"} for each in GROUP_VERSIONS}
        }
    for group, version in GROUP_VERSIONS:
        root = _root(group, version)
        if path == f"/{root}":
            return _resources(group, version)
        if path == f"/openapi/v3/{root}":
            return _open_api(group, version)
        if group and path == f"/apis/{group}":
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, version)}
    return None


def _root(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _group(group: str, version: str) -> dict[str, Any]:
    served = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [served], "preferredVersion": served}


def _of(group: str, version: str) -> list[Kind]:
    return [kind for kind in KINDS if (kind.group, kind.version) == (group, version)]


def _resources(group: str, version: str) -> dict[str, Any]:
    resources = [
        {
            "name": kind.plural,
            "singularName": kind.singular,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": list(kind.verbs),
            **({"shortNames": list(kind.short_names)} if kind.short_names else {}),
        }
        for kind in _of(group, version)
    ]
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}


def _open_api(group: str, version: str) -> dict[str, Any]:
    def patch(kind: Kind) -> dict[str, Any]:
        parameters = [
            {"name": name, "in": "query", "schema": {"type": "string"}}
            for name in ("dryRun", "fieldManager", "fieldValidation")
        ]
        marks = {"group": group, "version": version, "kind": kind.kind}
        return {"patch": {"parameters": parameters, "responses": {}, "x-kubernetes-group-version-kind": marks}}

    def path(kind: Kind) -> str:
        return f"/{_root(group, version)}/{'namespaces/{namespace}/' if kind.namespaced else ''}{kind.plural}/{{name}}"

    paths = {path(kind): patch(kind) for kind in _of(group, version) if "patch" in kind.verbs}
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": _VERSION["gitVersion"]}, "paths": paths}
