"""The objects that a scenario creates."""

import pytest

from leastway.errors import LeastwayError
from leastway.sandbox import AccountSeed, ClusterSeed, Scenario
from tests.integration.sandbox.kubernetes import ask
from tests.integration.sandbox.world import ACCOUNT, Refuse, World

pytestmark = pytest.mark.integration


def test_the_platform_s_user_can_only_assume_roles(world: World) -> None:
    sts = world.client("sts", world.keys.platform)
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::767398028804:user/humanitec"
    iam = world.client("iam", world.keys.platform)
    with pytest.raises(iam.exceptions.ClientError, match="AccessDenied"):
        iam.list_users()


def test_a_platform_installed_by_hand_matches_the_published_manifest(world: World) -> None:
    iam, arn = world.client("iam"), f"arn:aws:iam::{ACCOUNT}:policy/HumanitecSaaS"
    user = iam.get_user(UserName="humanitec")["User"]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName="humanitec")["AttachedPolicies"]] == [
        arn
    ]
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    assert policy["Description"] == "Humanitec SaaS access v0.0.5"
    assert "Tags" not in user
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert [statement["Sid"] for statement in document["Statement"]] == [
        "EKSAccess",
        "AssumeRole",
        "HumanitecSaaSAccessOnly",
    ]
    assert len(document["Statement"][2]["Condition"]["NotIpAddress"]["aws:SourceIp"]) == 6


@pytest.mark.parametrize(("cluster", "status"), [("legacy", 200), ("prod", 200), ("modern", 404)])
def test_aws_auth_exists_if_the_mode_uses_it(world: World, cluster: str, status: int) -> None:
    path = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
    answered, config_map = ask(world, cluster, world.client("sts"), path)
    assert answered == status
    if status == 200:
        assert f"rolearn: arn:aws:iam::{ACCOUNT}:role/eks-node\n" in config_map["data"]["mapRoles"]
        assert f"userarn: arn:aws:iam::{ACCOUNT}:user/admin\n" in config_map["data"]["mapUsers"]


def test_the_namespaces_of_a_cluster_are_created(world: World) -> None:
    account = "777788889999"
    seed = ClusterSeed("apps", namespaces=("app-a", "shop"))
    key = world.sandbox.control.seed(Scenario((AccountSeed(account, (seed,)),))).admins[account]
    described = world.client("eks", key).describe_cluster(name="apps")["cluster"]
    assert described["endpoint"].startswith("https://127.0.0.1:")
    _, listed = ask(world, "apps", world.client("sts", key), "/api/v1/namespaces", key=key)
    assert {"app-a", "shop", "default"} <= {item["metadata"]["name"] for item in listed["items"]}


def test_scenarios_add_up_and_share_the_platform(world: World) -> None:
    more = world.sandbox.control.seed(Scenario((AccountSeed("777788889999"),)))
    assert more.platform == world.keys.platform
    assert world.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_an_account_can_be_created_only_once(world: World) -> None:
    with pytest.raises(LeastwayError, match="User with name admin already exists"):
        world.sandbox.control.seed(Scenario((AccountSeed(ACCOUNT),)))


def test_an_aws_policy_that_a_scenario_names_exists_without_its_document(world: World, refusal: Refuse) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonSomethingReadOnly"
    iam = world.client("iam")
    assert refusal(iam.get_policy, PolicyArn=arn)[0] == "NoSuchEntity"
    world.sandbox.control.seed(Scenario((), aws_policies=(arn,)))
    iam.attach_role_policy(RoleName="admin", PolicyArn=arn)
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    code, message = refusal(iam.get_policy_version, PolicyArn=arn, VersionId=version)
    assert (code, arn in message) == ("NotImplemented", True)
