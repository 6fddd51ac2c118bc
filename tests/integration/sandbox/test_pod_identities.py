"""Pod identity associations: listed as in EKS, and each authorized on its own resource."""

from typing import Any

import pytest

from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from tests.integration.sandbox.world import ACCOUNT, REGION, Refuse, World, allow

pytestmark = pytest.mark.integration

ROLE = f"arn:aws:iam::{ACCOUNT}:role/admin"


def associate(eks: Any, namespace: str, account: str) -> str:
    made = eks.create_pod_identity_association(
        clusterName="prod", namespace=namespace, serviceAccount=account, roleArn=ROLE
    )
    identity: str = made["association"]["associationId"]
    return identity


def test_associations_are_listed_in_pages_of_a_hundred_without_roles(world: World) -> None:
    eks = world.client("eks")
    made = {associate(eks, "shop", f"robot-{number}") for number in range(101)}
    page = eks.list_pod_identity_associations(clusterName="prod")
    assert len(page["associations"]) == 100
    rest = eks.list_pod_identity_associations(clusterName="prod", nextToken=page["nextToken"])
    assert "nextToken" not in rest
    assert {one["associationId"] for one in [*page["associations"], *rest["associations"]]} == made
    assert not any("roleArn" in one for one in page["associations"])


def test_associations_are_filtered_by_namespace_and_service_account(world: World) -> None:
    eks = world.client("eks")
    one, other = associate(eks, "shop", "robot"), associate(eks, "billing", "robot")
    listed = eks.list_pod_identity_associations(clusterName="prod", namespace="shop")["associations"]
    assert [found["associationId"] for found in listed] == [one]
    listed = eks.list_pod_identity_associations(clusterName="prod", serviceAccount="robot")["associations"]
    assert {found["associationId"] for found in listed} == {one, other}


def test_listing_associations_of_a_missing_cluster_is_an_error(world: World, refusal: Refuse) -> None:
    code, _ = refusal(world.client("eks").list_pod_identity_associations, clusterName="none")
    assert code == "ResourceNotFoundException"


def test_an_association_is_authorized_on_its_own_resource(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    one, other = (associate(world.client("eks"), "shop", name) for name in ("one", "other"))
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:podidentityassociation/prod/{one}"
    iam.create_user(UserName="reader")
    iam.put_user_policy(
        UserName="reader", PolicyName="p", PolicyDocument=allow("eks:DescribePodIdentityAssociation", [arn])
    )
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    eks = world.client("eks", key=SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"])))
    described = eks.describe_pod_identity_association(clusterName="prod", associationId=one)["association"]
    assert described["roleArn"] == ROLE
    code, message = refusal(eks.describe_pod_identity_association, clusterName="prod", associationId=other)
    assert code == "AccessDeniedException"
    assert other in message
