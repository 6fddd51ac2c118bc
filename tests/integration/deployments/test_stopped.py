"""A kill switch that is turned on in the middle of a deployment: it ends, its streams are cut, nothing more is sent.

The server's requests to the cluster are held at a moment, the switch is turned on, and they are let go: each request
needs a token of its own, so the tokens that are signed after that would be requests. Then the switch is turned off, and
the next deployment succeeds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from leastway.kube import Connection
from leastway.service.direct import DirectSwitches
from leastway.sessions import Scope
from tests.integration.deployments.conftest import World
from tests.integration.deployments.world import (
    INLINE,
    RULES,
    controller,
    deploy,
    errors_of,
    find,
    grant,
    log_of,
    module,
    wait_for,
    watches,
)
from tests.integration.tunnel.world import until

pytestmark = pytest.mark.integration

ROLE = "arn:aws:iam::111122223333:role/humanitec-access"
DEFINITION = "/orgs/acme/resources/defs/cluster"
SWITCHES = "/orgs/acme/kill-switches"
SCOPES = [
    (Scope.ACCOUNT, "stopped"),
    (Scope.ROLE, ROLE),
    (Scope.DEFINITION, "way-in"),
    (Scope.ORGANIZATION, None),
    (Scope.EVERYTHING, None),
]


class Brake:
    """Holds the requests of the server to the cluster from a moment on, until `release`."""

    def __init__(self, starts: Callable[[str], bool]) -> None:
        self._starts = starts
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._is_on = False
        self._sending = self._held = 0

    @property
    def is_holding(self) -> bool:
        """Whether every request of this moment waits here, and none is on its way."""
        with self._lock:
            return self._is_on and self._held > 0 and self._sending == 0

    def release(self) -> None:
        self._released.set()

    @contextmanager
    def passing(self, method: str) -> Iterator[None]:
        with self._lock:
            self._is_on = self._is_on or self._starts(method)
            is_held = self._is_on
            self._held += is_held
            self._sending += not is_held
        if is_held:
            assert self._released.wait(240)
        try:
            yield
        finally:
            with self._lock:
                self._sending -= not is_held


@pytest.fixture(scope="module")
def signed(started: World) -> Iterator[World]:
    """The world with an account of its own for the cluster, which assumes a role."""
    running = started.running
    account = {"id": "stopped", "name": "stopped", "type": "aws-role"}
    credentials = {"aws_role": ROLE, "external_id": "id-of-the-test"}
    answer = running.request("POST", "/orgs/acme/resources/accounts", {**account, "credentials": credentials})
    assert answer.status == 200, answer.body
    known = running.request("GET", DEFINITION).json()
    _change(started, driver_account="stopped", inputs=known["driver_inputs"]["values"])
    yield started
    _change(started, driver_account="", inputs=known["driver_inputs"]["values"], credentials=INLINE)


def _change(world: World, *, driver_account: str, inputs: dict[str, Any], **secrets: Any) -> None:
    secrets |= {"agent_url": "${resources['agent.default#agent'].outputs.url}"}
    body = {
        "name": "cluster",
        "driver_type": "humanitec/k8s-cluster-eks",
        "driver_account": driver_account,
        "driver_inputs": {"values": inputs, "secrets": secrets},
        "criteria": [{}],
    }
    answer = world.running.request("PUT", DEFINITION, body)
    assert answer.status == 200, answer.body


@pytest.fixture
def world(signed: World) -> Iterator[World]:
    grant(signed.admin, signed.namespace, RULES)
    with controller(signed.admin, signed.namespace) as signed.controller:
        yield signed
        signed.controller.holds = False
        ended = wait_for(signed.running, deploy(signed.running, None))
        assert ended["status"] == "succeeded", "the next deployment goes on after the switch was turned off"


@pytest.mark.parametrize(("scope", "target"), SCOPES, ids=lambda one: one.value if isinstance(one, Scope) else "")
def test_while_objects_are_applied(
    world: World, monkeypatch: pytest.MonkeyPatch, scope: Scope, target: str | None
) -> None:
    patches = iter(range(1, 1_000))
    brake = _brake(monkeypatch, lambda method: method == "PATCH" and next(patches) == 2)
    begun = deploy(world.running, {"web": module()})
    _stop(world, brake, begun, scope, target)
    assert [line for line in log_of(world.running, begun) if line.endswith(" is applied")] == [
        f"apply: ServiceAccount {world.namespace}/web is applied"
    ]
    for path in ("/api/v1/namespaces/{}/secrets/web-secrets", "/apis/apps/v1/namespaces/{}/deployments/web"):
        assert find(world.admin, path.format(world.namespace)) is None


@pytest.mark.parametrize(("scope", "target"), SCOPES, ids=lambda one: one.value if isinstance(one, Scope) else "")
def test_while_a_rollout_is_watched(
    world: World, monkeypatch: pytest.MonkeyPatch, scope: Scope, target: str | None
) -> None:
    world.controller.holds = True
    is_watching = threading.Event()
    brake = _brake(monkeypatch, lambda _: is_watching.is_set())
    begun = deploy(world.running, {"web": module()})
    until(lambda: watches(world.running, begun))
    is_watching.set()
    _stop(world, brake, begun, scope, target)


def test_while_objects_are_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wait_for(world.running, deploy(world.running, {"web": module()}))["status"] == "succeeded"
    brake = _brake(monkeypatch, lambda method: method == "DELETE")
    begun = deploy(world.running, None)
    _stop(world, brake, begun, Scope.ACCOUNT, "stopped")
    assert find(world.admin, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web") is not None


def _brake(monkeypatch: pytest.MonkeyPatch, starts: Callable[[str], bool]) -> Brake:
    brake, request = Brake(starts), Connection.request

    def braked(connection: Connection, method: Any, *arguments: Any, **options: Any) -> Any:
        if not connection.where.startswith("cluster prod"):  # the administrator of the test
            return request(connection, method, *arguments, **options)
        with brake.passing(method):
            return request(connection, method, *arguments, **options)

    monkeypatch.setattr(Connection, "request", braked)
    return brake


def _stop(world: World, brake: Brake, begun: str, scope: Scope, target: str | None) -> None:
    """Turn a switch on while every request is held, and check what comes of it; then turn it off."""
    running, hub = world.running, world.running.server.tunnels.hub
    try:
        until(lambda: brake.is_holding, 120)
        assert hub.streams > 0
        with _switched_on(world, scope, target):
            until(lambda: hub.streams == 0, 120)  # although its requests are still held
            signed = world.doubles.tokens
            brake.release()
            assert wait_for(running, begun)["status"] == "failed"
            assert {one["code"] for one in errors_of(running, begun)} == {"stopped"}
            assert world.doubles.tokens == signed, log_of(running, begun)
            assert hub.streams == 0
    finally:
        brake.release()


@contextmanager
def _switched_on(world: World, scope: Scope, target: str | None) -> Iterator[None]:
    """Turn a switch on through the API, or as the administrator of the machine where that alone can."""
    running = world.running
    if scope is Scope.EVERYTHING:
        direct = DirectSwitches(running.server.store)
        switch = direct.turn_on(scope, organization=None, target=None, reason="a test").switch
        try:
            yield
        finally:
            direct.turn_off(switch.id)
            until(lambda: running.server.brokerage.gate.on == ())
        return
    body = {"scope": scope.value, "reason": "a test"} | ({"target": target} if target else {})
    answer = running.request("POST", SWITCHES, body)
    assert answer.status in (200, 201), answer.body
    try:
        yield
    finally:
        assert running.request("DELETE", f"{SWITCHES}/{answer.json()['id']}").status in (200, 204)
