from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from leastway.estate import Place
from leastway.grant import Identity
from leastway.ports import CallerIdentity, FailedCall, SessionKeys
from leastway.primitives import Secret
from leastway.verify import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    ExternalIdUse,
    IdentityCall,
    KubernetesCall,
    Origin,
    PlatformCaller,
    PlatformVisitor,
    ProbeRequest,
    ProbeVerdict,
    unlisted_address,
)
from tests.unit.compiler.conftest import ACCOUNT, EXTERNAL_ID, EXTERNAL_IDS, S3_ROLE, cluster, grant_of

PROD = Place(ACCOUNT, "eu-central-1", "prod")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
ACCESS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks-access-{ACCOUNT}"
LISTED, UNLISTED = "192.0.2.1", "198.51.100.1"
PRINCIPAL, SESSION, USER = (SessionKeys(name, Secret("hunter2")) for name in ("principal", "session", "user"))
ASSUME = AssumeRoleCall(ACCOUNT, ROLE, ExternalIdUse.RIGHT, Origin.LISTED)
DESCRIBE = EksCall(PROD, EksAction.DESCRIBE, Origin.LISTED)
DENIED, BROKEN = FailedCall(True, "AccessDenied: no"), FailedCall(False, "ServerException: later")


@dataclass
class World:
    """AWS for the platform: `requests` are those received, with caller and address; `answers` are its answers."""

    requests: list[tuple[Any, ...]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def guest(self, keys: SessionKeys, region: str, address: str | None = None) -> _Guest:
        return _Guest(self, keys.key_id, address)


@dataclass
class _Guest:
    world: World
    who: str
    address: str | None

    def identity(self) -> CallerIdentity | FailedCall:
        if "identity" in self.world.answers:
            refused: FailedCall = self.world.answers["identity"]
            return refused
        return CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/{self.who}", "AIDAEXAMPLE")

    def assume(self, role: str, external_id: str | None, _session: str) -> SessionKeys | FailedCall:
        self.world.requests.append((self.who, self.address, "assume", role, external_id))
        return self.world.answers.get(role, SESSION)  # type: ignore[no-any-return]

    def describe_cluster(self, name: str) -> tuple[str, str] | FailedCall:
        self.world.requests.append((self.who, self.address, "describe", name))
        return self.world.answers.get("describe", ("https://prod", "ca"))  # type: ignore[no-any-return]

    def describe_nodegroups(self, cluster: str) -> FailedCall | None:
        self.world.requests.append((self.who, self.address, "nodegroups", cluster))
        return self.world.answers.get("nodegroups")

    def list_clusters(self) -> FailedCall | None:
        self.world.requests.append((self.who, self.address, "list"))
        return self.world.answers.get("list")

    def delete_cluster(self, name: str) -> FailedCall | None:
        self.world.requests.append((self.who, self.address, "delete", name))
        return self.world.answers.get("delete")


@pytest.fixture
def world() -> World:
    return World()


def visitor_of(
    world: World,
    caller: PlatformCaller,
    identity: Identity = Identity.TRUST_ROLE,
    *,
    allows: bool = True,
    endpoints: Mapping[Place, tuple[str, str]] | None = None,
) -> PlatformVisitor:
    """Return a visitor; API servers answer each request with `allows`."""

    def connect(keys: SessionKeys, address: str | None, place: Place, *_where: str) -> Callable[[KubernetesCall], bool]:
        def ask(call: KubernetesCall) -> bool:
            world.requests.append((keys.key_id, address, "ask", place, call))
            return allows

        return ask

    grant = grant_of(cluster("prod"), identity=identity, roles=(S3_ROLE,))
    return PlatformVisitor(grant, caller, EXTERNAL_IDS, world, connect, endpoints)


EVERYWHERE = PlatformCaller(PRINCIPAL, {ACCOUNT: USER}, LISTED, UNLISTED)


@pytest.mark.parametrize(
    ("identity", "who"), [(Identity.TRUST_ROLE, "principal"), (Identity.IAM_USER, "user")], ids=["role", "user"]
)
def test_a_role_is_assumed_by_the_platforms_identity_with_the_requested_external_id(
    world: World, identity: Identity, who: str
) -> None:
    visitor = visitor_of(world, EVERYWHERE, identity)
    for use in ExternalIdUse:
        visitor.ask(AssumeRoleCall(ACCOUNT, ROLE, use, Origin.LISTED))
    visitor.ask(AssumeRoleCall(ACCOUNT, ROLE, ExternalIdUse.RIGHT, Origin.UNLISTED))
    (right, wrong, none, elsewhere) = world.requests
    assert right == (who, LISTED, "assume", ROLE, EXTERNAL_ID)
    assert wrong[-1] not in (None, EXTERNAL_ID)
    assert none[-1] is None
    assert elsewhere == (who, UNLISTED, "assume", ROLE, EXTERNAL_ID)


def test_eks_calls_use_the_session_of_the_access_role(world: World) -> None:
    visitor = visitor_of(world, EVERYWHERE)
    for action in EksAction:
        assert visitor.ask(EksCall(PROD, action, Origin.UNLISTED)).verdict is ProbeVerdict.ALLOWED
    assert world.requests[0] == ("principal", LISTED, "assume", ACCESS_ROLE, EXTERNAL_ID)
    assert [one[:3] for one in world.requests[1:]] == [
        ("session", UNLISTED, what) for what in ("describe", "nodegroups", "list", "delete")
    ]


@pytest.mark.parametrize(("refusal", "verdict"), [(DENIED, ProbeVerdict.DENIED), (BROKEN, ProbeVerdict.UNKNOWN)])
def test_only_a_refusal_by_aws_counts_as_denied(world: World, refusal: FailedCall, verdict: ProbeVerdict) -> None:
    world.answers = {"describe": refusal}
    answer = visitor_of(world, EVERYWHERE).ask(DESCRIBE)
    assert (answer.verdict, answer.detail) == (verdict, refusal.detail)


@pytest.mark.parametrize("refusal", [DENIED, BROKEN])
@pytest.mark.parametrize("asked", [DESCRIBE, KubernetesCall(PROD, "list", "", "pods", "shop")])
def test_answers_are_unknown_when_the_access_role_cannot_be_assumed(
    world: World, refusal: FailedCall, asked: ProbeRequest
) -> None:
    world.answers = {ACCESS_ROLE: refusal}
    answer = visitor_of(world, EVERYWHERE).ask(asked)
    assert answer.verdict is ProbeVerdict.UNKNOWN
    assert answer.detail == f"the access role cannot be assumed: {refusal.detail}"


@pytest.mark.parametrize(
    ("identity", "way_out"), [(Identity.TRUST_ROLE, "--platform-profile"), (Identity.IAM_USER, "--keys-from")]
)
@pytest.mark.parametrize("asked", [ASSUME, DESCRIBE, KubernetesCall(PROD, "list", "", "pods", "shop")])
def test_requests_are_skipped_with_a_fix_without_the_platforms_credentials(
    world: World, asked: ProbeRequest, identity: Identity, way_out: str
) -> None:
    answer = visitor_of(world, PlatformCaller(here_is_listed=True), identity).ask(asked)
    assert answer.verdict is ProbeVerdict.SKIPPED
    assert way_out in answer.detail
    assert not world.requests


@pytest.mark.parametrize("here_is_listed", [True, False])
def test_only_requests_from_this_machines_kind_of_address_are_made(world: World, here_is_listed: bool) -> None:
    visitor = visitor_of(world, PlatformCaller(PRINCIPAL, here_is_listed=here_is_listed))
    for origin in Origin:
        answer = visitor.ask(AssumeRoleCall(ACCOUNT, ROLE, ExternalIdUse.RIGHT, origin))
        is_here = (origin is Origin.LISTED) is here_is_listed
        assert answer.verdict is (ProbeVerdict.ALLOWED if is_here else ProbeVerdict.SKIPPED)
    assert [address for _, address, *_ in world.requests] == [None]


@pytest.mark.parametrize(("allowed", "verdict"), [(True, ProbeVerdict.ALLOWED), (False, ProbeVerdict.DENIED)])
def test_a_cluster_receives_exactly_the_requested_call(world: World, allowed: bool, verdict: ProbeVerdict) -> None:
    call = KubernetesCall(PROD, "get", "", "configmaps", "shop", "settings")
    assert visitor_of(world, EVERYWHERE, allows=allowed).ask(call).verdict is verdict
    assert world.requests[-1] == ("session", LISTED, "ask", PROD, call)


@pytest.mark.parametrize("caller", [PlatformCaller(users={ACCOUNT: USER}), EVERYWHERE], ids=["anywhere", "listed"])
def test_the_key_of_a_user_and_known_clusters_are_tried_from_every_address(
    world: World, caller: PlatformCaller
) -> None:
    call = KubernetesCall(PROD, "get", "", "configmaps", "shop", "settings")
    visitor = visitor_of(world, caller, Identity.IAM_USER, endpoints={PROD: ("https://prod", "CA")})
    assert visitor.ask(IdentityCall(ACCOUNT)).verdict is ProbeVerdict.ALLOWED
    assert visitor.ask(call).verdict is ProbeVerdict.ALLOWED
    assert [request[2] for request in world.requests] == ["ask"]


def test_a_dead_key_is_rejected_and_not_merely_denied(world: World) -> None:
    world.answers["identity"] = FailedCall(False, "InvalidClientTokenId: no", rejected=True)
    answer = visitor_of(world, PlatformCaller(users={ACCOUNT: USER}), Identity.IAM_USER).ask(IdentityCall(ACCOUNT))
    assert (answer.verdict, answer.rejected) == (ProbeVerdict.UNKNOWN, True)


def test_a_known_cluster_needs_a_session_where_the_platform_uses_a_role(world: World) -> None:
    call = KubernetesCall(PROD, "get", "", "configmaps", "shop", "settings")
    visitor = visitor_of(world, PlatformCaller(PRINCIPAL), endpoints={PROD: ("https://prod", "CA")})
    assert visitor.ask(call).verdict is ProbeVerdict.SKIPPED
    assert not world.requests


def test_an_unlisted_address_is_in_no_listed_block() -> None:
    listed = ("198.51.100.0/25", "203.0.113.7/32")
    found = ipaddress.ip_address(unlisted_address(listed))
    assert not any(found in ipaddress.ip_network(cidr) for cidr in listed)
