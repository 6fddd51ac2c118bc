"""The way of a request: who asks, for what, may she, and the answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leastway.sandbox.kube.authorization.attributes import Attributes
from leastway.sandbox.kube.authorization.authorizer import Authorizer
from leastway.sandbox.kube.body import as_kind, parse_object
from leastway.sandbox.kube.connection import Request, Response
from leastway.sandbox.kube.deletes import delete, delete_collection
from leastway.sandbox.kube.discovery import discover
from leastway.sandbox.kube.hook import KubeCall
from leastway.sandbox.kube.identity import AuthenticatorFactory, User
from leastway.sandbox.kube.impersonation import impersonated
from leastway.sandbox.kube.kinds import CONFIG_MAP, Kind, unknown_kind
from leastway.sandbox.kube.options import WriteOptions, read_options
from leastway.sandbox.kube.patch.request import patch_object
from leastway.sandbox.kube.reviews import Reviews
from leastway.sandbox.kube.route import Route, route
from leastway.sandbox.kube.selectors import Matches, field_selector, label_selector
from leastway.sandbox.kube.status import (
    ApiError,
    forbidden,
    method_not_allowed,
    not_found,
    path_not_found,
    unauthorized,
)
from leastway.sandbox.kube.store import Store
from leastway.sandbox.kube.writes import Target, Writes, Written

__all__ = ["Api"]

_LOG = logging.getLogger(__name__)
_ANONYMOUS = User("system:anonymous", groups=("system:unauthenticated",))


class Api:
    """The API of one cluster, without the network."""

    def __init__(self, cluster: str, authenticator: AuthenticatorFactory, store: Store) -> None:
        self._cluster = cluster
        self._store = store
        self._authenticator = authenticator(self)
        self._authorizer = Authorizer(self._store)
        self._writes = Writes(self._store, self._authorizer)
        self._reviews = Reviews(self._store, self._authorizer, self._authenticator)

    async def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the `data` of a ConfigMap as it is now, or None when there is none."""
        found = self._store.get(CONFIG_MAP, namespace, name)
        return None if found is None else found.get("data", {})

    async def answer(self, request: Request) -> tuple[Response, KubeCall]:
        """Answer one request, and say what it was."""
        user = User("")
        target = route(request)
        changed = False
        try:
            user = await self._user(request)
            self._authorize(user, target)
            response, changed = await self._dispatch(request, target, user)
        except ApiError as error:
            response = Response(error.code, error.body())
        except Exception:  # noqa: BLE001  # a bug is told as a server tells it, and logged
            _LOG.exception("%s %s", request.method, request.path)
            response = Response(500, ApiError(500, "InternalError", "Internal error occurred").body())
        asked = target.asked
        resource = asked.path or asked.resource
        call = KubeCall(
            self._cluster, asked.verb, resource, asked.namespace, asked.name, user.username, changed, response.status
        )
        return response, call

    async def _user(self, request: Request) -> User:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return _ANONYMOUS
        user = await self._authenticator.authenticate(token.strip())
        if user is None:
            raise unauthorized()
        user = replace(user, groups=tuple(dict.fromkeys((*user.groups, "system:authenticated"))))
        return impersonated(user, request.headers, self._authorizer)

    def _authorize(self, user: User, target: Route) -> None:
        asked = target.asked
        if self._authorizer.allows(user, asked):
            return
        if asked.path:
            raise forbidden(None, "", asked.describe(user.username))
        resource = asked.resource.partition("/")[0]
        kind = target.kind or unknown_kind(asked.group, resource)
        raise forbidden(kind, asked.name, asked.describe(user.username))

    async def _dispatch(self, request: Request, target: Route, user: User) -> tuple[Response, bool]:
        kind, asked = target.kind, target.asked
        if kind is None:
            document = discover(asked.path) if asked.path else None
            if document is None:
                raise path_not_found()
            return Response(200, document), False
        if asked.verb not in kind.verbs:
            raise method_not_allowed()
        if kind.is_review:
            review, warnings = as_kind(kind, parse_object(request), read_options(request).validation)
            return Response(201, await self._reviews.answer(kind, user, review), warnings), False
        return self._objects(request, kind, asked, user)

    def _objects(self, request: Request, kind: Kind, asked: Attributes, user: User) -> tuple[Response, bool]:
        home = asked.namespace if kind.namespaced else ""
        match asked.verb:
            case "get":
                found = self._store.get(kind, home, asked.name)
                if found is None:
                    raise not_found(kind, asked.name)
                return Response(200, found), False
            case "list":
                matches = _selected(request)
                items = [each for each in self._store.list(kind, home) if matches(each)]
                return Response(200, self._list(kind, items)), False
        options = read_options(request)
        target = Target(kind, home, asked.name, user, options)
        match asked.verb:
            case "create":
                return _written(self._writes.create(target, parse_object(request)))
            case "update":
                return _written(self._writes.update(target, parse_object(request)))
            case "patch":
                return _written(patch_object(self._writes, target, request))
            case "delete":
                sent, dry_run = _delete_options(request, options)
                told = delete(self._store, kind, home, asked.name, sent, dry_run=dry_run)
                return Response(200, told), not dry_run
            case _:
                sent, dry_run = _delete_options(request, options)
                gone = delete_collection(self._store, kind, home, _selected(request), dry_run=dry_run)
                return Response(200, self._list(kind, gone)), bool(gone) and not dry_run

    def _list(self, kind: Kind, items: list[dict[str, Any]]) -> dict[str, Any]:
        metadata = {"resourceVersion": self._store.version}
        return {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": metadata, "items": items}


def _delete_options(request: Request, options: WriteOptions) -> tuple[dict[str, Any], bool]:
    """Return the DeleteOptions sent, and whether it is a dry run; where there is a body the query is not read."""
    if not request.body:
        return {}, options.dry_run
    sent = parse_object(request)
    return sent, sent.get("dryRun") == ["All"]


def _selected(request: Request) -> Matches:
    labels = label_selector(request.query.get("labelSelector", ""))
    fields = field_selector(request.query.get("fieldSelector", ""))
    return lambda each: labels(each) and fields(each)


def _written(written: Written) -> tuple[Response, bool]:
    return Response(201 if written.created else 200, written.value, written.warnings), written.changed
