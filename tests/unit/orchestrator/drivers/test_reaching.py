"""Clusters by sessions of the broker: who signs, what is entered, and what a kill switch stops; agents by passes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from leastway.broker import StoppedError
from leastway.errors import LeastwayError
from leastway.orchestrator.drivers import ClusterSigner, ReachingParts, SignedClusters, open_agents
from leastway.ports import ClusterDescription, EksToken, SessionKeys
from leastway.primitives import Secret
from leastway.sessions import Scope, Subject
from tests.databases import new_sqlite
from tests.unit.broker.world import ENTER, OWN, World, open_world
from tests.unit.orchestrator.drivers.world import CLUSTER

ROLE, KEYED = ClusterSigner("eks", "prod"), ClusterSigner("eks", "keyed")
INLINE = ClusterSigner("eks", SessionKeys("AKIAINLINE", Secret("inline-secret")))


@dataclass
class NotedClusters:
    keys: list[SessionKeys] = field(default_factory=list)

    def describe(self, keys: SessionKeys, _region: str, _name: str, /) -> ClusterDescription:
        self.keys.append(keys)
        return CLUSTER


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(new_sqlite(tmp_path / "leastway.db")) as opened:
        yield opened


@pytest.fixture
def eks() -> NotedClusters:
    return NotedClusters()


@pytest.fixture
def clusters(world: World, eks: NotedClusters) -> SignedClusters:
    parts = ReachingParts(
        broker=world.broker, gate=world.gate, ledger=world.ledger, sts=world.sts, clusters=eks, clock=world.clock
    )
    return SignedClusters(parts, "acme", ENTER, (Subject("acme", "", None, "deployed"),))


def actions(world: World) -> list[str]:
    return [one.action for one in world.ledger.entries]


@pytest.mark.parametrize("signer", [ROLE, KEYED, INLINE])
def test_a_description_is_signed_by_whom_the_node_names_and_entered(
    world: World, eks: NotedClusters, clusters: SignedClusters, signer: ClusterSigner
) -> None:
    assert clusters.describe(signer, "eu-central-1", "blue") == CLUSTER
    (entry,) = world.ledger.entries
    assert (entry.action, entry.target) == ("cluster.described", "blue")
    (keys,) = eks.keys
    if isinstance(signer.by, SessionKeys):
        assert keys == signer.by
        assert dict(entry.details)["signed_with"] == "AKIAINLINE"
    else:
        assert dict(entry.details)["account"] == signer.by
        assert (keys.token is not None) is (signer is ROLE)
    assert "inline-secret" not in repr(entry)


@pytest.mark.parametrize("signer", [ROLE, KEYED, INLINE])
def test_each_request_has_a_token_of_its_own_and_signing_is_entered_once_a_minute(
    world: World, clusters: SignedClusters, signer: ClusterSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed: list[str] = []

    def eks_token(keys: SessionKeys, *, cluster: str, region: str, expiry: datetime | None) -> EksToken:
        signed.append(keys.key_id)
        return EksToken(Secret(f"{cluster}-{len(signed)}"), expiry or world.clock.now() + timedelta(minutes=14))

    monkeypatch.setattr(world.sts, "eks_token", eks_token)
    first, second = (clusters.token(signer, "eu-central-1", "blue") for _ in range(2))
    assert first.expires <= world.clock.now()
    assert first.token.reveal() != second.token.reveal()
    assert len(set(signed)) == 1
    assert actions(world) == ["eks-token.handed-out"]
    clusters.token(signer, "eu-central-1", "green")
    world.clock.sleep(61)
    clusters.token(signer, "eu-central-1", "blue")
    assert actions(world) == ["eks-token.handed-out"] * 3


SWITCHES = [(Scope.ORGANIZATION, None), (Scope.DEFINITION, "eks"), (Scope.DEFINITION, "deployed")]


@pytest.mark.parametrize(("scope", "target"), SWITCHES)
@pytest.mark.parametrize("signer", [ROLE, INLINE])
def test_a_kill_switch_stops_the_next_request(
    world: World, clusters: SignedClusters, signer: ClusterSigner, scope: Scope, target: str | None
) -> None:
    clusters.token(signer, "eu-central-1", "blue")
    world.switching.turn_on(scope, organization="acme", target=target, reason="test", by="owner", enter=ENTER)
    with pytest.raises(StoppedError):
        clusters.token(signer, "eu-central-1", "blue")
    with pytest.raises(StoppedError):
        clusters.token(signer, "eu-central-1", "other")
    with pytest.raises(StoppedError):
        clusters.describe(signer, "eu-central-1", "blue")


@pytest.mark.parametrize(("scope", "target"), [(Scope.ACCOUNT, "prod"), (Scope.ROLE, OWN.arn)])
def test_a_kill_switch_of_the_account_or_its_role_stops_what_it_signs_alone(
    world: World, clusters: SignedClusters, scope: Scope, target: str
) -> None:
    clusters.token(ROLE, "eu-central-1", "blue")
    world.switching.turn_on(scope, organization="acme", target=target, reason="test", by="owner", enter=ENTER)
    with pytest.raises(StoppedError):
        clusters.token(ROLE, "eu-central-1", "blue")
    clusters.token(INLINE, "eu-central-1", "green")


def test_the_account_of_another_organization_does_not_exist(world: World, clusters: SignedClusters) -> None:
    with pytest.raises(LeastwayError, match="account 'theirs' does not exist"):
        clusters.describe(ClusterSigner("eks", "theirs"), "eu-central-1", "blue")
    assert [one.action for one in world.ledger.later] == ["credentials.refused"]
    assert world.ledger.entries == []


def test_a_session_that_was_made_elsewhere_is_used_again(world: World, clusters: SignedClusters) -> None:
    clusters.describe(ROLE, "eu-central-1", "blue")
    world.clock.sleep(timedelta(seconds=5).total_seconds())
    clusters.token(ROLE, "eu-central-1", "blue")
    assert len(world.sts.calls) == 1


def test_a_pass_is_taken_once_and_ends_with_the_block() -> None:
    taken, ended = [], []

    @contextmanager
    def take(agent: str) -> Iterator[Secret]:
        taken.append(agent)
        yield Secret(f"http://acme_{agent}:{len(taken)}@127.0.0.1:1")
        ended.append(agent)

    with open_agents(take) as agents:
        assert taken == []
        assert agents.url("blue") == agents.url("blue")
        assert agents.url("green") != agents.url("blue")
        assert (taken, ended) == (["blue", "green"], [])
        assert "127.0.0.1" not in repr(agents)
    assert ended == ["green", "blue"]
