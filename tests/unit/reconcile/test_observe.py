from leastway.estate import Estate, Place, Realm
from leastway.ports import Site
from leastway.ports.memory import MemorySites
from leastway.reconcile import ChangeAction, asks, diff, observe
from tests.unit.reconcile.conftest import ACCOUNT, CLUSTER, ENTRY, USER


class Mistaken(MemorySites):
    """Sites with a mistake of leastway's own in one of them."""

    def site(self, realm: Realm, place: Place) -> Site:
        if realm is Realm.EKS:
            raise KeyError("cluster")
        return super().site(realm, place)


def test_a_mistake_on_one_site_stops_no_other_and_says_where_it_is() -> None:
    estate = Estate.of("acme", [USER, ENTRY])
    seen = observe(Mistaken(), "acme", asks(estate, [Place(ACCOUNT), CLUSTER], ()), workers=2)
    plan = diff(estate, seen)
    assert {change.address: change.action for change in plan} == {
        USER.address: ChangeAction.CREATE,
        ENTRY.address: ChangeAction.UNKNOWN,
    }
    (problem,) = seen.unreadable
    assert problem.reason == "internal error: KeyError: 'cluster'"
    assert "Traceback" in problem.fix
