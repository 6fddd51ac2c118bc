"""What the platform holds after a revocation: sessions, keys and cluster tokens from before, and new ones.

The requests are made with boto3 and the API server's own answers, not with leastway's verification. The clusters have
a real kube-apiserver where one is available.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from leastway.app.apply import apply_plan
from leastway.app.embedded import embedded_environment
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.restore import plan_restore, restore
from leastway.app.revocation_plan import plan_revocation, revocation_visitor
from leastway.app.revoke import revoke
from leastway.app.revoked import Revoked
from leastway.app.rotate import open_rotations
from leastway.app.settings import Settings
from leastway.app.verify import caller_of
from leastway.app.wiring import opened
from leastway.aws import Guests
from leastway.aws.session import LendingSession
from leastway.custody import read_cluster_credentials
from leastway.kube import Connection, can
from leastway.ports import CredentialsRejectedError, FailedCall, SessionKeys
from leastway.reconcile import Outcome, RevocationVerdict
from leastway.sandbox import Sandbox
from leastway.verify import IdentityCall, KubernetesCall, PlatformCaller
from tests.integration.life.inventory import client_of
from tests.integration.life.world import QUICK, World, make_world

pytestmark = pytest.mark.integration


@pytest.fixture
def open_world(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Iterator[tuple[World, OpenGrant]]:
    world = make_world(sandbox, request.param, tmp_path)
    settings = Settings(world.state, world.state / "leastway.db")
    with (
        embedded_environment(world.environment),
        opened(world.path, settings=settings, convergence=QUICK) as open_grant,
    ):
        assert apply_plan(open_grant, make_plan(open_grant)).is_complete
        yield world, open_grant


@dataclass
class Platform:
    """The platform: its own keys, and its source address, which AWS sees."""

    world: World
    open_grant: OpenGrant

    @property
    def address(self) -> str:
        return self.open_grant.grant.platform.addresses[0].partition("/")[0]

    @property
    def principal(self) -> SessionKeys:
        return SessionKeys(self.world.seeded.platform.id, self.world.seeded.platform.secret)

    @property
    def caller(self) -> PlatformCaller:
        return PlatformCaller(principal=self.principal, listed=self.address, unlisted="198.51.100.1")

    def assume(self, keys: SessionKeys, account: int, role: str) -> SessionKeys | FailedCall:
        grant = self.open_grant.grant
        where = grant.accounts[account]
        external_id = make_plan(self.open_grant).external_ids.of(where.id, role).current
        guest = Guests().guest(keys, where.region, self.address)
        return guest.assume(f"arn:aws:iam::{where.id}:role/{role}", external_id, "platform")

    def describe(self, keys: SessionKeys, account: int) -> object:
        where = self.open_grant.grant.accounts[account]
        cluster = where.clusters[0]
        return Guests().guest(keys, cluster.region, self.address).describe_cluster(cluster.name)

    def token(self, keys: SessionKeys, account: int) -> Callable[[], bool]:
        """Return a question to the first cluster of the account, with a token that is signed now."""
        where = self.open_grant.grant.accounts[account]
        cluster = where.clusters[0]
        token = Guests().guest(keys, cluster.region, self.address).token(cluster.name)
        eks = client_of(self.world, where.id, "eks", cluster.region)
        found: Any = eks.describe_cluster(name=cluster.name)["cluster"]
        connection = Connection(found["endpoint"], found["certificateAuthority"]["data"], lambda: token)
        (access, *_) = cluster.access
        namespace = access.namespaces[0].replace("*", "x")

        def ask() -> bool:
            try:
                return can(connection, "list", "", "pods", namespace)
            finally:
                connection.close()

        return ask


def cut_off(open_grant: OpenGrant, caller: PlatformCaller) -> Revoked:
    plan = plan_revocation(open_grant)
    return revoke(open_grant, plan, revocation_visitor(open_grant, plan, caller))


def keys_of(answer: SessionKeys | FailedCall) -> SessionKeys:
    assert isinstance(answer, SessionKeys), answer
    return answer


def queues(world: World, keys: SessionKeys, account: int, address: str) -> Any:
    """Return the SQS client of a session, from the platform's address."""
    assert keys.token is not None
    credentials = Credentials(keys.key_id, keys.secret.reveal(), keys.token.reveal())
    return LendingSession(source_address=address).client("sqs", world.grant.accounts[account].region, credentials)


@pytest.mark.parametrize("open_world", ["two-accounts"], indirect=True)
def test_sessions_and_tokens_from_before_are_refused_and_stay_refused_after_a_restore(
    open_world: tuple[World, OpenGrant],
) -> None:
    world, open_grant = open_world
    platform = Platform(world, open_grant)
    access = open_grant.grant.platform.access_role(open_grant.grant.accounts[1].id)
    old = keys_of(platform.assume(platform.principal, 1, access))
    terraform = keys_of(platform.assume(platform.principal, 0, "humanitec-queues"))
    sqs = queues(world, terraform, 0, platform.address)
    name = json.loads((world.path.parent / "policies" / "sqs.json").read_text())["Statement"][0]["Resource"]
    queue = (name if isinstance(name, str) else name[0]).rpartition(":")[2].replace("*", "x")
    sqs.create_queue(QueueName=queue)
    ask = platform.token(old, 1)
    assert ask()
    assert isinstance(platform.describe(old, 1), tuple)

    done = cut_off(open_grant, platform.caller)
    assert done.verdict is RevocationVerdict.CUT, done.unconfirmed

    assert isinstance(platform.describe(old, 1), FailedCall)
    assert isinstance(platform.assume(platform.principal, 1, access), FailedCall)
    assert isinstance(platform.assume(platform.principal, 0, "humanitec-queues"), FailedCall)
    with pytest.raises(sqs.exceptions.ClientError, match="explicit deny"):
        sqs.get_queue_url(QueueName=queue)
    with pytest.raises(CredentialsRejectedError):
        ask()
    assert not make_plan(open_grant).plan.writes

    assert restore(open_grant, plan_restore(open_grant)).is_complete
    new = keys_of(platform.assume(platform.principal, 1, access))
    assert isinstance(platform.describe(new, 1), tuple)
    assert platform.token(new, 1)()
    assert isinstance(platform.describe(old, 1), FailedCall)
    with pytest.raises(sqs.exceptions.ClientError, match="explicit deny"):
        sqs.get_queue_url(QueueName=queue)
    fresh = keys_of(platform.assume(platform.principal, 0, "humanitec-queues"))
    queues(world, fresh, 0, platform.address).get_queue_url(QueueName=queue)


@pytest.mark.parametrize("open_world", ["seed"], indirect=True)
def test_the_key_of_a_user_is_refused_and_works_after_a_restore(open_world: tuple[World, OpenGrant]) -> None:
    world, open_grant = open_world
    platform = Platform(world, open_grant)
    (account,) = open_grant.grant.accounts
    user = open_grant.grant.platform.user_name
    key = SessionKeys(*read_cluster_credentials(open_grant.keys.path(account.id, user)))
    ask = platform.token(key, 0)
    assert ask()
    old = keys_of(platform.assume(key, 0, "humanitec-s3"))

    done = cut_off(open_grant, caller_of(open_grant))  # from no listed address: the key and the clusters can be tried
    assert done.verdict is RevocationVerdict.CUT
    assert {type(one.probe.request) for one in done.tried if one.refused} == {IdentityCall, KubernetesCall}
    refused = platform.assume(key, 0, "humanitec-s3")
    assert isinstance(refused, FailedCall)
    assert refused.rejected
    with pytest.raises(CredentialsRejectedError):
        ask()
    with open_rotations(open_grant) as rotations:
        (rotation,) = rotations.look()
    assert "access is revoked since" in str(rotation.problem)

    assert restore(open_grant, plan_restore(open_grant)).is_complete
    assert platform.token(key, 0)()
    assert isinstance(platform.assume(key, 0, "humanitec-s3"), SessionKeys)
    assert isinstance(platform.assume(old, 0, "humanitec-s3"), FailedCall)


@pytest.mark.parametrize("open_world", ["two-accounts"], indirect=True)
def test_an_account_that_refuses_does_not_stop_the_other(open_world: tuple[World, OpenGrant]) -> None:
    world, open_grant = open_world
    caller = Platform(world, open_grant).caller
    world.sandbox.control.fail("iam:UpdateAssumeRolePolicy", "AccessDenied", times=1)
    done = cut_off(open_grant, caller)
    assert done.verdict is RevocationVerdict.INCOMPLETE
    (failed,) = done.failures
    assert "UpdateAssumeRolePolicy" in failed.reason
    others = [step for step in done.steps if step.principal != failed.principal]
    assert {step.outcome for step in others} == {Outcome.DONE}
    again = cut_off(open_grant, caller)
    assert again.is_complete


@pytest.mark.parametrize("open_world", ["two-accounts"], indirect=True)
def test_a_trust_policy_without_room_is_replaced_and_its_text_is_kept(open_world: tuple[World, OpenGrant]) -> None:
    world, open_grant = open_world
    account = open_grant.grant.accounts[0].id
    iam = client_of(world, account, "iam")
    long = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"},
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringLike": {"aws:PrincipalTag/x": ["y" * 50] * 32}},
            },
        ],
    }
    iam.update_assume_role_policy(RoleName="humanitec-queues", PolicyDocument=json.dumps(long))
    done = cut_off(open_grant, PlatformCaller())
    assert done.is_complete
    replaced = [step.detail for step in done.steps if step.detail.startswith("{")]
    assert [json.loads(text)["Statement"] for text in replaced] == [long["Statement"]]
    after = iam.get_role(RoleName="humanitec-queues")["Role"]["AssumeRolePolicyDocument"]
    assert [one["Effect"] for one in after["Statement"]] == ["Deny"]
    assert restore(open_grant, plan_restore(open_grant)).is_complete


@pytest.mark.parametrize("open_world", ["seed"], indirect=True)
def test_a_mapping_behind_the_access_entry_is_deleted_and_the_others_stay(
    open_world: tuple[World, OpenGrant],
) -> None:
    """Without the entry, aws-auth would admit the platform's user with the groups of the mapping."""
    world, open_grant = open_world
    (account,) = open_grant.grant.accounts
    user = f"arn:aws:iam::{account.id}:user/{open_grant.grant.platform.user_name}"
    eks = client_of(world, account.id, "eks", account.region)
    cluster = eks.describe_cluster(name="staging")["cluster"]
    assert cluster["accessConfig"]["authenticationMode"] == "API_AND_CONFIG_MAP"
    admin = world.seeded.admins[account.id]
    guest = Guests().guest(SessionKeys(admin.id, admin.secret), account.region)
    authority = cluster["certificateAuthority"]["data"]
    connection = Connection(cluster["endpoint"], authority, lambda: guest.token("staging"))
    path = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
    live = connection.request("GET", path)
    mine = f"- userarn: {user}\n  username: old\n  groups: [system:masters]\n"
    theirs = f"- userarn: arn:aws:iam::{account.id}:user/jane\n  username: jane\n  groups: [readers]\n"
    live["data"]["mapUsers"] = mine + theirs
    connection.request("PUT", path, live)
    caller = caller_of(open_grant)

    done = cut_off(open_grant, caller)
    after = connection.request("GET", path)["data"]
    connection.close()
    assert done.verdict is RevocationVerdict.CUT, done.unconfirmed
    assert user not in after["mapUsers"]
    assert "jane" in after["mapUsers"]
    assert after["mapRoles"] == live["data"]["mapRoles"]
