"""Plan, apply and offboard with `reconcile`, and a kill after every single write."""

from collections.abc import Iterator

import pytest

from leastway.estate import AwsAuthMapping, Estate, EstateObject, RbacBinding, RbacRole, Realm
from leastway.kube import KubernetesSite
from leastway.rbac import RbacRule
from leastway.reconcile import Applied, ChangeAction, Convergence, Plan, apply, diff, observe
from tests.integration.kubeadapter.world import AWS_AUTH, PLACE, Cluster, OneCluster, Stopped

QUICK = Convergence(successes=2, interval=0.01, deadline=10)
NODES = "- rolearn: arn:aws:iam::111122223333:role/nodes\n  groups: [system:nodes]\n"
WRITES = 6


class Life:
    """The lifecycle of one grant in a cluster."""

    def __init__(self, cluster: Cluster, namespace: str, grant: str) -> None:
        rules = (RbacRule(("apps",), ("deployments",), ("get", "list", "patch")),)
        arns = ("arn:aws:iam::111122223333:role/humanitec", "arn:aws:iam::111122223333:user/humanitec")
        self.objects: list[EstateObject] = [
            RbacRole(PLACE, namespace, "humanitec", rules),
            RbacRole(PLACE, "", grant, rules),
            RbacBinding(PLACE, namespace, "humanitec", "humanitec", False, "humanitec"),
            RbacBinding(PLACE, "", grant, grant, True, "humanitec"),
            *(AwsAuthMapping(PLACE, arn, "humanitec", frozenset({"humanitec"})) for arn in arns),
        ]
        self.cluster = cluster
        self.estate = Estate.of(grant, self.objects)
        self.nothing = Estate.of(grant, ())
        cluster.put_aws_auth(mapRoles=NODES)

    def plan(self, estate: Estate) -> Plan:
        asked = {(Realm.KUBERNETES, PLACE): list(estate)}
        return diff(estate, observe(OneCluster(self.cluster.site), estate.grant, asked, workers=1))

    def apply(self, estate: Estate, lives: int | None = None) -> Applied:
        def open_site() -> KubernetesSite:
            connection = self.cluster.connect()
            connection.lives = lives
            return self.cluster.site(connection)

        return apply(self.plan(estate), OneCluster(open_site), convergence=QUICK)

    def is_as_before(self) -> bool:
        return self.cluster.aws_auth() == ({"mapRoles": NODES}, {}) and not self.plan(self.nothing).changes


@pytest.fixture
def life(cluster: Cluster, namespace: str, grant: str) -> Iterator[Life]:
    life = Life(cluster, namespace, grant)
    yield life
    life.apply(life.nothing)


def test_a_grant_is_applied_and_offboarded(life: Life) -> None:
    assert {change.action for change in life.plan(life.estate)} == {ChangeAction.CREATE}
    assert life.apply(life.estate).is_complete
    again = life.plan(life.estate)
    assert again.is_clean, [change for change in again if change.action is not ChangeAction.NONE]
    assert len(life.cluster.backups.kept) == 2
    assert {change.address for change in life.plan(life.nothing).writes} == {one.address for one in life.objects}
    assert life.apply(life.nothing).is_complete
    assert life.is_as_before()


@pytest.mark.parametrize("write", range(1, WRITES + 1))
def test_a_kill_after_any_write_is_completed_by_the_next_run(life: Life, write: int) -> None:
    with pytest.raises(Stopped):
        life.apply(life.estate, write)
    assert life.apply(life.estate).is_complete or write == WRITES
    assert life.plan(life.estate).is_clean
    with pytest.raises(Stopped):
        life.apply(life.nothing, write)
    life.apply(life.nothing)
    assert life.is_as_before()


def test_the_tested_kills_cover_all_writes(life: Life) -> None:
    assert life.apply(life.estate, WRITES + 1).is_complete
    assert life.apply(life.nothing, WRITES + 1).is_complete


def test_a_binding_of_another_role_is_recreated(life: Life) -> None:
    life.apply(life.estate)
    wanted = [one for one in life.objects if one.kind.value == "rbac-binding" and isinstance(one, RbacBinding)]
    other = RbacBinding(PLACE, wanted[0].namespace, wanted[0].name, "view", True, "humanitec")
    changed = Estate.of(life.estate.grant, [*(one for one in life.objects if one != wanted[0]), other])
    plan = life.plan(changed)
    assert [change.action for change in plan.writes] == [ChangeAction.REPLACE]
    assert life.apply(changed).is_complete
    assert life.plan(changed).is_clean


def test_a_map_that_did_not_exist_before_does_not_exist_after(life: Life) -> None:
    life.cluster.remove(AWS_AUTH)
    assert life.apply(life.estate).is_complete
    assert life.apply(life.nothing).is_complete
    assert life.cluster.get(AWS_AUTH) is None
    life.cluster.put_aws_auth(mapRoles=NODES)
