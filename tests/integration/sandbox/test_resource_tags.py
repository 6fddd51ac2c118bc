"""Policies with tag conditions, on clusters and node groups."""

from typing import Any

import pytest

from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from tests.integration.sandbox.world import REGION, Refuse, World, allow

pytestmark = pytest.mark.integration

UNDER_TAG = {"Condition": {"StringLike": {"aws:ResourceTag/Humanitec": "true"}}}
CLUSTER = f"arn:aws:eks:{REGION}:111122223333:cluster"


@pytest.fixture
def guest(world: World) -> SeededKey:
    """Return the key of a user with all EKS permissions under a tag condition."""
    iam = world.client("iam")
    iam.create_user(UserName="guest")
    iam.put_user_policy(UserName="guest", PolicyName="eks", PolicyDocument=allow("eks:*", **UNDER_TAG))
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    return SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"]))


def test_describing_a_cluster_is_allowed_by_its_tag(world: World, guest: SeededKey, refusal: Refuse) -> None:
    eks = world.client("eks", guest)
    assert eks.describe_cluster(name="prod")["cluster"]["tags"] == {"Humanitec": "true"}
    for name in ("untagged", "miscased"):
        code, message = refusal(eks.describe_cluster, name=name)
        assert code == "AccessDeniedException"
        assert f"on resource: {CLUSTER}/{name} because no identity-based policy allows" in message


def test_node_groups_are_authorized_by_their_own_tags(world: World, guest: SeededKey, refusal: Refuse) -> None:
    eks = world.client("eks", guest)
    assert eks.list_nodegroups(clusterName="prod")["nodegroups"] == ["plain", "tagged"]
    eks.describe_nodegroup(clusterName="prod", nodegroupName="tagged")
    assert refusal(eks.describe_nodegroup, clusterName="prod", nodegroupName="plain")[0] == "AccessDeniedException"
    assert refusal(eks.list_nodegroups, clusterName="untagged")[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("condition", "listed"),
    [
        ({"StringLike": {"aws:ResourceTag/Humanitec": "true"}}, False),
        ({"StringLike": {"aws:ResourceTag/Humanitec": "*"}}, False),
        ({"StringLikeIfExists": {"aws:ResourceTag/Humanitec": "true"}}, True),
        ({"Null": {"aws:ResourceTag/Humanitec": "true"}}, True),
    ],
)
def test_list_clusters_has_no_resource_tag(
    world: World, guest: SeededKey, refusal: Refuse, condition: Any, listed: bool
) -> None:
    document = allow("eks:ListClusters", Condition=condition)
    world.client("iam").put_user_policy(UserName="guest", PolicyName="eks", PolicyDocument=document)
    eks = world.client("eks", guest)
    if listed:
        assert "untagged" in eks.list_clusters()["clusters"]
    else:
        assert refusal(eks.list_clusters)[0] == "AccessDeniedException"


def test_a_tag_condition_in_the_boundary_is_enforced(world: World, guest: SeededKey, refusal: Refuse) -> None:
    iam = world.client("iam")
    iam.put_user_policy(UserName="guest", PolicyName="eks", PolicyDocument=allow("eks:*"))
    policy = iam.create_policy(PolicyName="bound", PolicyDocument=allow("eks:*", **UNDER_TAG))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="guest", PermissionsBoundary=policy)
    eks = world.client("eks", guest)
    eks.describe_cluster(name="prod")
    assert refusal(eks.describe_cluster, name="untagged")[0] == "AccessDeniedException"


def test_a_new_tag_is_visible_at_once_in_every_call(world: World, guest: SeededKey, refusal: Refuse) -> None:
    eks, arn = world.client("eks"), f"{CLUSTER}/untagged"
    eks.tag_resource(resourceArn=arn, tags={"Humanitec": "true", "team": "a", "cost": "b"})
    described = eks.describe_cluster(name="untagged")["cluster"]["tags"]
    assert described == eks.list_tags_for_resource(resourceArn=arn)["tags"]
    assert described == {"Humanitec": "true", "team": "a", "cost": "b"}
    world.client("eks", guest).describe_cluster(name="untagged")
    eks.untag_resource(resourceArn=arn, tagKeys=["Humanitec", "team"])
    assert eks.describe_cluster(name="untagged")["cluster"]["tags"] == {"cost": "b"}
    assert refusal(world.client("eks", guest).describe_cluster, name="untagged")[0] == "AccessDeniedException"


def test_tags_of_node_groups_and_entries_change(world: World) -> None:
    eks = world.client("eks")
    group = eks.describe_nodegroup(clusterName="prod", nodegroupName="plain")["nodegroup"]["nodegroupArn"]
    eks.tag_resource(resourceArn=group, tags={"a": "1"})
    assert eks.describe_nodegroup(clusterName="prod", nodegroupName="plain")["nodegroup"]["tags"] == {"a": "1"}
    who = {"clusterName": "prod", "principalArn": "arn:aws:iam::111122223333:user/admin"}
    entry = eks.describe_access_entry(**who)["accessEntry"]["accessEntryArn"]
    eks.tag_resource(resourceArn=entry, tags={"leastway:grant": "acme"})
    assert eks.describe_access_entry(**who)["accessEntry"]["tags"] == {"leastway:grant": "acme"}
    assert eks.list_tags_for_resource(resourceArn=entry)["tags"] == {"leastway:grant": "acme"}


def test_tagging_a_missing_resource_is_an_error(world: World, refusal: Refuse) -> None:
    tags = world.client("eks").tag_resource
    assert refusal(tags, resourceArn=f"{CLUSTER}/nowhere", tags={"a": "b"})[0] == "NotFoundException"
