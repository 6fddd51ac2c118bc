"""Every field that can differ is changed to the desired value."""

from dataclasses import replace

import pytest

from leastway.estate import EstateObject, Mark, Observed
from tests.contract.live.world import (
    ASSOCIATION,
    CLUSTER_TAG,
    ENTRY,
    EVERYTHING,
    NODEGROUP_TAG,
    POLICY,
    ROLE,
    USER,
    World,
    allowing,
    trusting,
)

MARK = Mark("acme")
OTHER_POLICY = replace(POLICY, name="HumanitecOther")

CHANGES = {
    "a policy's document": (POLICY, replace(POLICY, document=allowing("eks:DescribeCluster", "eks:ListClusters"))),
    "a user's policies": (USER, replace(USER, policies=frozenset({OTHER_POLICY.arn}))),
    "a user's boundary": (USER, replace(USER, boundary=OTHER_POLICY.arn)),
    "a user's boundary and policies": (
        USER,
        replace(USER, boundary=OTHER_POLICY.arn, policies=frozenset({OTHER_POLICY.arn})),
    ),
    "a user's inline policies": (replace(USER, inline=(("extra", allowing("s3:*")),)), USER),
    "a role's trust": (ROLE, replace(ROLE, trust=trusting("role/admin"))),
    "a role's inline policy": (ROLE, replace(ROLE, inline=(("s3", allowing("s3:GetObject")),))),
    "the name of a role's inline policy": (ROLE, replace(ROLE, inline=(("other", allowing("s3:GetObject")),))),
    "a role's policies": (ROLE, replace(ROLE, policies=frozenset({OTHER_POLICY.arn}))),
    "a role's trust and policies": (
        ROLE,
        replace(
            ROLE,
            trust=trusting("role/admin"),
            inline=(("s3", allowing("s3:GetObject")),),
            policies=frozenset({OTHER_POLICY.arn}),
        ),
    ),
    "a role's longest session": (ROLE, replace(ROLE, max_session=3600)),
    "a role's description": (ROLE, replace(ROLE, description="")),
    "a cluster tag": (replace(CLUSTER_TAG, value="True"), CLUSTER_TAG),
    "a node group's tag": (replace(NODEGROUP_TAG, value="false"), NODEGROUP_TAG),
    "an entry's groups": (ENTRY, replace(ENTRY, groups=frozenset({"readers"}))),
    "an entry's username": (ENTRY, replace(ENTRY, username="humanitec")),
    "an entry's username back to the generated one": (replace(ENTRY, username="humanitec"), ENTRY),
    "an association's namespaces": (ASSOCIATION, replace(ASSOCIATION, namespaces=frozenset({"app-*", "shop"}))),
    "an association's namespaces to the cluster": (ASSOCIATION, replace(ASSOCIATION, namespaces=frozenset())),
}


def seen(world: World, candidate: EstateObject) -> Observed:
    observation = world.site(candidate).observe([candidate], "acme")
    assert not observation.unreadable
    return observation.objects[candidate.address]


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_a_changed_field_is_updated(world: World, before: EstateObject, after: EstateObject) -> None:
    world.site(OTHER_POLICY).create(OTHER_POLICY, MARK)
    for one in EVERYTHING[: [other.address for other in EVERYTHING].index(before.address)]:
        world.site(one).create(one, MARK)
    site = world.site(before)
    site.create(before, MARK)
    live = seen(world, before)
    assert live.object == before
    site.update(live, after, MARK)
    assert seen(world, after) == replace(live, object=after)
    site.update(seen(world, after), after, MARK)  # an update without changes succeeds
    assert seen(world, after) == replace(live, object=after)
