"""Which principals to look for, and at which sites, for each look."""

from leastway.estate import Place, Realm, Unreadable
from leastway.proof import Look, watches
from tests.unit.compiler.conftest import ACCOUNT, cluster, facts_of, grant_of

HERE = Place(ACCOUNT)
SHOP = Place(ACCOUNT, "eu-central-1", "shop")
GRANT = grant_of(cluster("shop"))


def test_looking_at_accounts_watches_only_iam() -> None:
    facts = facts_of("shop")
    far, near = (watches(GRANT, facts, look) for look in (Look.EVERYWHERE, Look.ACCOUNTS))
    assert far[Realm.IAM, HERE].regions == {"eu-central-1"}
    assert far.keys() == {(Realm.IAM, HERE), (Realm.EKS, SHOP), (Realm.KUBERNETES, SHOP)}
    assert near.keys() == {(Realm.IAM, HERE)}
    assert near[Realm.IAM, HERE].regions == frozenset()
    assert watches(GRANT, facts, Look.NOWHERE) == {}


def test_a_cluster_that_could_not_be_read_is_left_out() -> None:
    closed = {SHOP: Unreadable(SHOP, "no way in")}
    assert watches(GRANT, closed, Look.EVERYWHERE).keys() == {(Realm.IAM, HERE)}
