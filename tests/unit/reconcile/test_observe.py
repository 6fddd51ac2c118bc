from leastway.estate import Estate, Place, Realm
from leastway.ports import Site
from leastway.ports.memory import MemorySites
from leastway.reconcile import ChangeAction, asks, diff, observe
from tests.unit.reconcile.conftest import ACCOUNT, CLUSTER, ENTRY, USER


class SitesWithBug(MemorySites):
    """Sites with a bug in one of them."""

    def site(self, realm: Realm, place: Place) -> Site:
        if realm is Realm.EKS:
            raise KeyError("cluster")
        return super().site(realm, place)


def test_bug_at_one_site_does_not_stop_the_others_and_is_reported() -> None:
    estate = Estate.of("acme", [USER, ENTRY])
    seen = observe(SitesWithBug(), "acme", asks(estate, [Place(ACCOUNT), CLUSTER], ()), workers=2)
    plan = diff(estate, seen)
    assert {change.address: change.action for change in plan} == {
        USER.address: ChangeAction.CREATE,
        ENTRY.address: ChangeAction.UNKNOWN,
    }
    (problem,) = seen.unreadable
    assert problem.reason == "internal error: KeyError: 'cluster'"
    assert "Traceback" in problem.fix
