"""The pods of one namespace: `leastway.ports.Pods`.

A pod is waited for until it runs; what keeps it from that is said at once if only a person can change it, and else when
the time is over. Source: the Kubernetes API reference, PodStatus; "Pod Lifecycle".
"""

from __future__ import annotations

import datetime as dt
import functools
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import urlsplit

from leastway.errors import LeastwayError
from leastway.isolation import ClusterAccess, PodPlace
from leastway.kube.connection import APPLY, DELETE_OPTIONS, Connection, Json
from leastway.kube.errors import NotFoundError, UnavailableError
from leastway.kube.pods.stream import ExecStream, open_stream
from leastway.kube.reading import ApiKind, checked, read_every, read_one
from leastway.kube.shapes import anything, fields, items, pairs, text
from leastway.kube.token import TokenProvider
from leastway.ports import PodsUnavailableError
from leastway.primitives import Secret, read_file

__all__ = ["PodsOfNamespace", "connect_pods"]

Given = ParamSpec("Given")
Got = TypeVar("Got")

_STATES: Final = items(fields({"name": text}, {"state": pairs(anything)}))
_POD: Final = ApiKind(
    "v1",
    "Pod",
    fields(
        {
            "metadata": fields({"name": text, "creationTimestamp": text}),
            "spec": fields({"containers": items(anything)}),
        },
        {"status": fields({}, {"phase": text, "reason": text, "message": text, "containerStatuses": _STATES})},
    ),
)
_POLICY: Final = ApiKind("networking.k8s.io/v1", "NetworkPolicy", fields({"metadata": fields({"name": text})}))
_HOPELESS: Final = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RunContainerError",
    }
)
_OVER: Final = ("Succeeded", "Failed")
_LEFT_FOR: Final = dt.timedelta(minutes=5)
_SAYS_WITHIN: Final = 5.0
"""Seconds until the cluster knows why a pod has ended."""
_TOKEN_FOR: Final = dt.timedelta(minutes=3)
_LARGEST_TOKEN: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class _Token:
    token: Secret
    expires: dt.datetime


def connect_pods(place: PodPlace) -> PodsOfNamespace:
    """Return the pods of a place. Nothing is asked yet."""
    access = place.cluster

    def sign() -> _Token:
        token = access.token
        if access.token_file is not None:
            token = Secret(read_file(access.token_file, limit=_LARGEST_TOKEN).decode(errors="replace").strip())
        return _Token(token or Secret(""), dt.datetime.now(dt.UTC) + _TOKEN_FOR)

    where = "the cluster of runs"
    connection = Connection(access.endpoint, access.authority, sign, where=where, is_direct=True)
    return PodsOfNamespace(connection, access, place.namespace, sign)


def _reaching(act: Callable[Given, Got]) -> Callable[Given, Got]:
    """Tell apart that the cluster does not answer now."""

    @functools.wraps(act)
    def acting(*arguments: Given.args, **named: Given.kwargs) -> Got:
        try:
            return act(*arguments, **named)
        except UnavailableError as error:
            raise PodsUnavailableError(error.what, where=error.where, fix=error.fix) from error

    return acting


class PodsOfNamespace:
    """See `leastway.ports.Pods`. Thread-safe."""

    def __init__(self, connection: Connection, access: ClusterAccess, namespace: str, sign: TokenProvider) -> None:
        self._connection = connection
        self._access = access
        self._sign = sign
        self._namespace = namespace
        self._path = f"/api/v1/namespaces/{namespace}/pods"

    @property
    def address(self) -> tuple[str, int]:
        """The IP address and port of the API server. Errors: LeastwayError."""
        parts = urlsplit(self._access.endpoint)
        host, port = parts.hostname or "", parts.port or 443
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise LeastwayError(f"the host of the API server is not found: {error.strerror}", where=host) from error
        return str(found[0][4][0]), port

    @_reaching
    def keep_policy(self, policy: Mapping[str, Any]) -> None:
        """Let a NetworkPolicy be as given; see `leastway.ports.Pods`."""
        name = policy["metadata"]["name"]
        path = f"/apis/networking.k8s.io/v1/namespaces/{self._namespace}/networkpolicies/{name}"
        query = {"fieldManager": "leastway", "force": "true"}
        answer = self._connection.request("PATCH", path, dict(policy), query=query, media=APPLY)
        checked(answer, _POLICY, self._connection.where)

    @_reaching
    def create(self, pod: Mapping[str, Any]) -> None:
        """Create a pod; see `leastway.ports.Pods`."""
        checked(self._connection.request("POST", self._path, dict(pod)), _POD, self._connection.where)

    @_reaching
    def wait(self, name: str, within: float) -> None:
        """Wait until a pod runs; see `leastway.ports.Pods`."""
        ends, pause = time.monotonic() + within, 0.1
        while True:
            status = self._status(name)
            if any("running" in state for _, state in _states(status)):
                return
            for reason, message in _waiting(status):
                if reason in _HOPELESS:
                    raise LeastwayError(f"a pod of a run does not start: {reason}: {message}", where=self._where(name))
            if status.get("phase") in _OVER:
                raise LeastwayError(
                    f"a pod of a run ended before it began: {_end_of(status) or status['phase']}",
                    where=self._where(name),
                )
            if time.monotonic() > ends:
                raise LeastwayError(
                    f"a pod of a run does not start within {within:.0f} s: {_obstacle(status)}",
                    where=self._where(name),
                    fix="look at its events, and whether a node has room for it",
                )
            time.sleep(pause)
            pause = min(1.0, 1.5 * pause)

    @_reaching
    def run(self, name: str, command: tuple[str, ...]) -> ExecStream:
        """Start a program in a pod that runs; see `leastway.ports.Pods`."""
        container = self._pod(name)["spec"]["containers"][0]["name"]
        token = self._sign().token.reveal()
        where = self._where(name)
        path, authority = f"{self._path}/{name}", self._connection.authority
        return open_stream(self._access.endpoint, authority, token, path, command, container, where)

    def why_ended(self, name: str) -> str:
        """Return why a pod has ended; see `leastway.ports.Pods`."""
        ends = time.monotonic() + _SAYS_WITHIN
        while True:
            try:
                status = self._status(name)
            except NotFoundError:
                return "somebody deleted the pod"
            said = _end_of(status)
            if said or status.get("phase") in _OVER or time.monotonic() > ends:
                return said
            time.sleep(0.25)

    def delete(self, name: str) -> None:
        """Delete a pod at once; see `leastway.ports.Pods`."""
        with suppress(NotFoundError):
            self._connection.request("DELETE", f"{self._path}/{name}", {**DELETE_OPTIONS, "gracePeriodSeconds": 0})

    def delete_ended(self, label: str) -> None:
        """Delete what ended minutes ago; see `leastway.ports.Pods`."""
        before = dt.datetime.now(dt.UTC) - _LEFT_FOR
        query = {"labelSelector": label, "limit": "500"}
        for pod in list(read_every(self._connection, self._path, _POD, query)):
            status = pod.get("status") or {}
            if status.get("phase") in _OVER and _ended_at(pod) < before:
                self.delete(pod["metadata"]["name"])

    def _pod(self, name: str) -> Json:
        return read_one(self._connection, f"{self._path}/{name}", _POD, name, self._namespace)

    def _status(self, name: str) -> Json:
        return self._pod(name).get("status") or {}

    def _where(self, name: str) -> str:
        return f"pod {self._namespace}/{name}"


def _states(status: Json) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in status.get("containerStatuses") or ():
        yield one["name"], one.get("state") or {}


def _waiting(status: Json) -> Iterator[tuple[str, str]]:
    for _, state in _states(status):
        if isinstance(found := state.get("waiting"), dict):
            yield str(found.get("reason", "")), str(found.get("message", ""))[:300]


def _end_of(status: Json) -> str:
    """Return why a pod has ended: its own reason, or that of its container unless that ended in order."""
    if status.get("reason"):
        return f"{status['reason']}: {str(status.get('message', ''))[:300]}"
    for _, state in _states(status):
        found = state.get("terminated")
        if isinstance(found, dict) and found.get("reason") not in (None, "Completed", "Error"):
            return str(found["reason"])
    return ""


def _obstacle(status: Json) -> str:
    said = [f"{reason}: {message}" for reason, message in _waiting(status) if reason != "ContainerCreating"]
    said += [
        str(one.get("message", ""))[:300]
        for one in status.get("conditions") or ()
        if isinstance(one, dict) and one.get("type") == "PodScheduled" and one.get("status") != "True"
    ]
    return "; ".join(filter(None, said)) or f"its phase is {status.get('phase', 'unknown')}"


def _ended_at(pod: Json) -> dt.datetime:
    times = [pod["metadata"]["creationTimestamp"]]
    for _, state in _states(pod.get("status") or {}):
        found = state.get("terminated")
        if isinstance(found, dict) and isinstance(found.get("finishedAt"), str):
            times.append(found["finishedAt"])
    with suppress(ValueError):
        return max(map(dt.datetime.fromisoformat, times))
    return dt.datetime.now(dt.UTC)
