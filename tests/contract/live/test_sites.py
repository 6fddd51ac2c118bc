"""Discovery of clusters, and opening sites."""

from leastway.estate import AuthMode, ClusterFacts, Place, Unreadable
from tests.contract.live.world import ACCOUNT, LEGACY, NODEGROUP, PROD, REGION, World

GONE = Place(ACCOUNT, REGION, "gone")


def test_discovery_returns_the_facts_of_clusters(world: World) -> None:
    found = world.sites.discover([PROD, LEGACY])
    prod, legacy = found[PROD], found[LEGACY]
    assert isinstance(prod, ClusterFacts)
    assert isinstance(legacy, ClusterFacts)
    assert prod.place == PROD
    assert prod.status == "ACTIVE"
    assert prod.mode is AuthMode.API_AND_CONFIG_MAP
    assert prod.nodegroups == (NODEGROUP,)
    assert ("team", "shop") in prod.tags
    assert prod.endpoint.startswith("https://")
    assert prod.certificate_authority
    assert prod.arn == f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/prod"
    assert legacy.mode is AuthMode.CONFIG_MAP


def test_a_cluster_that_does_not_exist_is_unreadable(world: World) -> None:
    found = world.sites.discover([GONE])[GONE]
    assert isinstance(found, Unreadable)
    assert found.where == GONE
    assert found.reason
