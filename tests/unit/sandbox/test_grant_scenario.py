from __future__ import annotations

from leastway.estate import AuthMode, Place
from leastway.grant import load_grant
from leastway.sandbox.grant_scenario import neighbours_of, scenario_of
from tests.unit.grant.laying_out import EXAMPLES


def test_each_account_has_an_untagged_cluster_outside_the_grant() -> None:
    grant = load_grant(EXAMPLES / "two-accounts" / "grant.yaml")
    there = {
        Place(account.id, cluster.region, cluster.name): cluster
        for account in scenario_of(grant).accounts
        for cluster in account.clusters
    }
    own = {Place(account.id, one.region, one.name) for account in grant.accounts for one in account.clusters}
    neighbours = set(neighbours_of(grant).clusters)
    assert neighbours
    assert there.keys() == own | neighbours
    assert not any(there[place].tags for place in neighbours)


def test_clusters_use_all_three_authentication_modes() -> None:
    grant = load_grant(EXAMPLES / "seed" / "grant.yaml")
    (account,) = scenario_of(grant).accounts
    assert {cluster.mode for cluster in account.clusters} == {mode.value for mode in AuthMode}
