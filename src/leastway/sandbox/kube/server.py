"""The small server of one cluster: authentication, authorization, and the response to each request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from leastway.sandbox.http1 import HttpRequest, HttpResponse, json_response
from leastway.sandbox.kube.authorization.authorizer import Authorizer
from leastway.sandbox.kube.authorization.rules import Attributes, asked_in
from leastway.sandbox.kube.kinds import (
    ACCESS_REVIEW,
    CONFIG_MAP,
    SELF_REVIEW,
    SUBJECT_REVIEW,
    KubeKind,
)
from leastway.sandbox.kube.listener import ClusterAuthority, Listener
from leastway.sandbox.kube.outside import AuthenticatorFactory, KubeCall, KubeUser, RequestHook
from leastway.sandbox.kube.routing import RequestRoute, route
from leastway.sandbox.kube.status import ApiError, bad_request, forbidden, not_found
from leastway.sandbox.kube.store import Snapshot, new_store
from leastway.sandbox.kube.writes import WriteResult, Writes, WriteTarget

__all__ = ["KubeServer"]

_ANONYMOUS = KubeUser("system:anonymous", groups=("system:unauthenticated",))
_QUERY = {"dryRun", "fieldManager", "force", "labelSelector", "limit"}


class KubeServer(Listener):
    """The API server of one cluster, with its own CA, on a free port of the loopback interface.

    `authenticator` creates what checks tokens; `hook` is called for each request; `aws_auth`, if given, is the initial
    `data` of the ConfigMap kube-system/aws-auth; `namespaces` are created in addition to those of the system. State is
    in memory and survives `stop`.
    """

    implementation = "leastway's small API server"
    """The name of the server for people."""

    def __init__(
        self,
        cluster: str,
        authenticator: AuthenticatorFactory,
        *,
        hook: RequestHook | None = None,
        aws_auth: Mapping[str, str] | None = None,
        namespaces: Iterable[str] = (),
    ) -> None:
        self.cluster = cluster
        super().__init__(ClusterAuthority())
        self._store = new_store(aws_auth, namespaces)
        self._authenticator = authenticator(self.config_map)
        self._authorizer = Authorizer(self._store)
        self._writes = Writes(self._store, self._authorizer)
        self._hook = hook

    @property
    def ca_pem(self) -> bytes:
        """The CA that clients must trust, as PEM; it stays the same after a restart."""
        return self._authority.pem

    def snapshot(self) -> Snapshot:
        """Return the state of the cluster for `restore`."""
        return self._store.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Restore the state; the port and the CA do not change."""
        self._store.restore(snapshot)

    async def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the current `data` of a ConfigMap, or None if it does not exist."""
        found = self._store.get(CONFIG_MAP, namespace, name)
        return None if found is None else found.get("data", {})

    async def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the response to one request, after calling the hook."""
        user, target, changed = KubeUser(""), route(request), False
        try:
            user = await self._user(request)
            self._authorize(user, target)
            status, value, changed = self._dispatch(request, target, user)
        except ApiError as error:
            status, value = error.code, error.body()
        except Exception:  # noqa: BLE001  # report a bug as a server does
            status, value = 500, ApiError(500, "InternalError", "Internal error occurred").body()
        if self._hook:
            await self._hook(KubeCall(self.cluster, target.asked, user.username, changed, status))
        return json_response(status, value)

    async def _user(self, request: HttpRequest) -> KubeUser:
        scheme, _, token = request.header(b"authorization").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return _ANONYMOUS
        user = await self._authenticator.authenticate(token.strip())
        if user is None:
            raise ApiError(401, "Unauthorized", "Unauthorized")  # the reason is never sent
        return replace(user, groups=tuple(dict.fromkeys((*user.groups, "system:authenticated"))))

    def _authorize(self, user: KubeUser, target: RequestRoute) -> None:
        asked = target.asked
        if not self._authorizer.allows(user, asked):
            unknown = KubeKind(asked.group, "", asked.resource.partition("/")[0], False, ())  # for the message only
            kind = target.kind or unknown
            raise forbidden(None if asked.path else kind, asked.name, asked.describe(user.username))

    def _dispatch(self, request: HttpRequest, target: RequestRoute, user: KubeUser) -> tuple[int, dict[str, Any], bool]:
        """Return the status, the object of the response, and whether the state changed."""
        kind, asked = target.kind, target.asked
        if kind is None:
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        if asked.verb not in kind.verbs:
            message = "the server does not allow this method on the requested resource"
            raise ApiError(405, "MethodNotAllowed", message)
        if unknown := request.query.keys() - _QUERY:
            raise bad_request(f"the small API server does not support the parameter {min(unknown)}")
        match asked.verb:
            case "get":
                found = self._store.get(kind, asked.namespace if kind.namespaced else "", asked.name)
                if found is None:
                    raise not_found(kind, asked.name)
                return 200, found, False
            case "list":
                return 200, self._list(kind, asked, request.query.get("labelSelector", "")), False
        sent = _object(request)
        if kind in (ACCESS_REVIEW, SUBJECT_REVIEW, SELF_REVIEW):
            return 201, self._review(kind, user, sent), False
        written = self._write(_target(request, kind, asked, user), asked.verb, request, sent)
        return 201 if written.created else 200, written.value, written.changed

    def _write(self, target: WriteTarget, verb: str, request: HttpRequest, sent: dict[str, Any]) -> WriteResult:
        media = request.header(b"content-type").partition(";")[0]
        match verb, media:
            case "delete", _:
                if request.body:  # if there is a body, the query is ignored
                    target = replace(target, dry_run=sent.get("dryRun") == ["All"])
                return self._writes.delete(target, sent)
            case "create", "application/json":
                return self._writes.create(target, sent)
            case "update", "application/json":
                return self._writes.update(target, sent)
            case "patch", "application/apply-patch+yaml":
                if request.query.get("force") != "true" or "fieldManager" not in request.query:
                    raise bad_request("the small API server requires fieldManager and force=true for apply")
                return self._writes.apply(target, sent)
            case _:
                raise ApiError(415, "UnsupportedMediaType", f"the body of the request is in an unknown format: {media}")

    def _list(self, kind: KubeKind, asked: Attributes, selector: str) -> dict[str, Any]:
        items = self._store.list(kind, asked.namespace if kind.namespaced else "")
        if selector:
            key, equals, value = selector.partition("=")
            if not (key and equals and value) or any(letter in selector for letter in "!,()"):
                raise bad_request(f"the small API server supports one `label=value` as a selector, not {selector}")
            items = [each for each in items if (each["metadata"].get("labels") or {}).get(key) == value]
        metadata = {"resourceVersion": self._store.version}
        return {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": metadata, "items": items}

    def _review(self, kind: KubeKind, user: KubeUser, sent: dict[str, Any]) -> dict[str, Any]:
        """Return the result of an access review, or who the user is."""
        review = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {}}
        if kind is SELF_REVIEW:
            info = {"username": user.username, "uid": user.uid, "groups": list(user.groups)}
            return review | {"status": {"userInfo": {key: value for key, value in info.items() if value}}}
        spec = sent.get("spec") or {}
        if kind is SUBJECT_REVIEW:  # about a user without an access entry, so RBAC decides
            user = KubeUser(spec.get("user", ""), groups=tuple(spec.get("groups") or ()))
        return review | {"spec": spec, "status": {"allowed": self._authorizer.allows(user, asked_in(spec))}}


def _object(request: HttpRequest) -> dict[str, Any]:
    """Parse the body, which is JSON for every media type; an empty body is an empty object."""
    try:
        value = json.loads(request.body or b"{}")
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    if not isinstance(value, dict):
        raise bad_request("couldn't get version/kind; json parse error: the body is not an object")
    return value


def _target(request: HttpRequest, kind: KubeKind, asked: Attributes, user: KubeUser) -> WriteTarget:
    dry_run = request.query.get("dryRun", "")
    if dry_run not in ("", "All"):
        raise ApiError(422, "Invalid", f'dryRun: Unsupported value: "{dry_run}": supported values: "All"')
    manager = request.query.get("fieldManager") or request.header(b"user-agent").partition("/")[0] or "unknown"
    return WriteTarget(kind, asked.namespace if kind.namespaced else "", asked.name, user, manager, dry_run == "All")
