"""Accounts in GovCloud and China: ARNs of their partition, and keys that are unknown elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from leastway.primitives import Partition, Secret
from leastway.sandbox import AccountSeed, ClusterSeed, NodeGroupSeed, PlatformSeed, Scenario, SeededKey
from tests.integration.sandbox.world import REGION, Refuse, World, allow, trust

ACCOUNTS = {Partition.GOVCLOUD: "222233334444", Partition.CHINA: "333344445555"}
CLUSTERS = "cluster-access-policy"


class Abroad:
    """An account in another partition than the rest of the world."""

    def __init__(self, world: World, partition: Partition) -> None:
        self.world, self.partition = world, partition
        self.account, self.region = ACCOUNTS[partition], partition.home_region
        cluster = ClusterSeed("prod", self.region, node_groups=(NodeGroupSeed("workers"),))
        platform = PlatformSeed("987654321098", f"shipyard-{partition}", partition=partition)
        accounts = (AccountSeed(self.account, (cluster,), partition=partition),)
        self.keys = world.sandbox.control.seed(Scenario(accounts, platform))
        self.platform = platform
        self.admin = self.keys.admins[self.account]
        self.iam = f"arn:{partition}:iam::{self.account}"

    def client(self, service: str, key: SeededKey | None = None, **how: Any) -> Any:
        return self.world.client(service, key or self.admin, **{"region": self.region, **how})


@pytest.fixture(params=ACCOUNTS)
def abroad(world: World, request: pytest.FixtureRequest) -> Abroad:
    return Abroad(world, request.param)


def test_identities_have_an_arn_of_the_partition(abroad: Abroad) -> None:
    assert abroad.client("sts").get_caller_identity()["Arn"] == f"{abroad.iam}:user/admin"
    answer = abroad.client("sts").assume_role(RoleArn=f"{abroad.iam}:role/admin", RoleSessionName="test")
    session = f"arn:{abroad.partition}:sts::{abroad.account}:assumed-role/admin/test"
    assert answer["AssumedRoleUser"]["Arn"] == session
    platform = abroad.client("sts", abroad.keys.platform).get_caller_identity()
    assert platform["Arn"] == abroad.platform.arn
    assert abroad.platform.arn.startswith(f"arn:{abroad.partition}:")


def test_iam_objects_have_arns_of_the_partition(abroad: Abroad) -> None:
    iam = abroad.client("iam")
    policy = iam.create_policy(PolicyName="p", Path="/a/", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(abroad.platform.arn))["Role"]["Arn"]
    user = iam.create_user(UserName="u", PermissionsBoundary=policy)["User"]["Arn"]

    assert (policy, role, user) == (f"{abroad.iam}:policy/a/p", f"{abroad.iam}:role/r", f"{abroad.iam}:user/u")
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    assert iam.get_role(RoleName="r")["Role"]["Arn"] == role
    assert policy in {found["Arn"] for found in iam.list_policies(Scope="Local")["Policies"]}


def test_aws_managed_policies_exist_with_arns_of_the_partition(abroad: Abroad, refusal: Refuse) -> None:
    iam, name = abroad.client("iam"), "AmazonEKS_CNI_Policy"
    arn = f"arn:{abroad.partition}:iam::aws:policy/{name}"
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(abroad.platform.arn))
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]

    assert (found["Arn"], found["PolicyName"]) == (arn, name)
    assert f"arn:{abroad.partition}:ec2:" in str(version["Document"])
    assert "arn:aws:" not in str(version["Document"])
    assert attached == [{"PolicyName": name, "PolicyArn": arn}]
    kept = {policy["Arn"].split(":")[1] for policy in iam.list_policies(Scope="AWS")["Policies"]}
    assert kept == {str(abroad.partition)}
    code, _ = refusal(iam.attach_role_policy, RoleName="r", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    assert code == "NoSuchEntity"


def test_eks_objects_have_arns_of_the_partition(abroad: Abroad, refusal: Refuse) -> None:
    eks, here = abroad.client("eks"), f"arn:{abroad.partition}:eks:{abroad.region}:{abroad.account}"
    group = eks.describe_nodegroup(clusterName="prod", nodegroupName="workers")["nodegroup"]
    names = {"clusterName": "prod", "principalArn": f"{abroad.iam}:user/admin"}
    entry = eks.describe_access_entry(**names)["accessEntry"]
    (associated,) = eks.list_associated_access_policies(**names)["associatedAccessPolicies"]

    assert eks.describe_cluster(name="prod")["cluster"]["arn"] == f"{here}:cluster/prod"
    assert group["nodegroupArn"].startswith(f"{here}:nodegroup/prod/workers/")
    assert entry["accessEntryArn"].startswith(f"{here}:access-entry/prod/")
    assert associated["policyArn"] == f"arn:{abroad.partition}:eks::aws:{CLUSTERS}/AmazonEKSClusterAdminPolicy"
    other = f"arn:aws:eks::aws:{CLUSTERS}/AmazonEKSViewPolicy"
    code, _ = refusal(eks.associate_access_policy, **names, policyArn=other, accessScope={"type": "cluster"})
    assert code == "InvalidParameterException"


def test_a_call_is_authorized_on_arns_of_the_partition(abroad: Abroad, refusal: Refuse) -> None:
    iam = abroad.client("iam")
    for name, partition in (("own", abroad.partition), ("other", Partition.AWS)):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(f"{abroad.iam}:root"))
        resource = f"arn:{partition}:eks:{abroad.region}:{abroad.account}:cluster/prod"
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow("eks:DescribeCluster", resource))

    def eks_as(name: str) -> Any:
        sts = abroad.client("sts")
        keys = sts.assume_role(RoleArn=f"{abroad.iam}:role/{name}", RoleSessionName="test")["Credentials"]
        return abroad.client(
            "eks", SeededKey(keys["AccessKeyId"], Secret(keys["SecretAccessKey"])), token=keys["SessionToken"]
        )

    assert eks_as("own").describe_cluster(name="prod")["cluster"]["name"] == "prod"
    code, said = refusal(eks_as("other").describe_cluster, name="prod")
    assert (code, f"arn:{abroad.partition}:eks:" in said) == ("AccessDeniedException", True)


def test_other_services_have_arns_of_the_partition(abroad: Abroad) -> None:
    sqs, stacks = abroad.client("sqs"), abroad.client("cloudformation")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    here = f"arn:{abroad.partition}:sqs:{abroad.region}:{abroad.account}"
    assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"] == (
        f"{here}:jobs"
    )
    output = {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "more"}}}}
    stacks.create_stack(StackName="queues", TemplateBody=json.dumps({**template, "Outputs": output}))
    stacks.get_waiter("stack_create_complete").wait(StackName="queues")
    (made,) = stacks.describe_stacks(StackName="queues")["Stacks"]
    assert made["StackId"].startswith(f"arn:{abroad.partition}:cloudformation:")
    assert [one["OutputValue"] for one in made["Outputs"]] == [f"{here}:more"]


def test_objects_are_stored_as_they_are_and_policies_of_buckets_apply(abroad: Abroad) -> None:
    s3, content = abroad.client("s3"), f"arn:{abroad.partition}:s3:::a and arn:aws:s3:::b".encode()
    s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": abroad.region})
    s3.put_object(Bucket="data", Key="one", Body=content, ChecksumAlgorithm="SHA256")
    refused = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:{abroad.partition}:s3:::data/two"}
    s3.put_bucket_policy(Bucket="data", Policy=json.dumps({"Statement": [{**refused, "Principal": "*"}]}))
    s3.put_object(Bucket="data", Key="two", Body=content)

    assert s3.get_object(Bucket="data", Key="one")["Body"].read() == content
    with pytest.raises(ClientError, match=f"arn:{abroad.partition}:s3:::data/two"):
        s3.get_object(Bucket="data", Key="two")


def test_keys_do_not_work_across_partitions(abroad: Abroad, world: World, refusal: Refuse) -> None:
    there = abroad.client("sts", region=REGION)
    assert refusal(there.get_caller_identity)[0] == "InvalidClientTokenId"
    here = world.client("sts", region=abroad.region)
    assert refusal(here.get_caller_identity)[0] == "InvalidClientTokenId"
    assert refusal(abroad.client("eks", region=REGION).list_clusters)[0] == "UnrecognizedClientException"
    role = {"RoleArn": f"arn:aws:iam::{abroad.account}:role/admin", "RoleSessionName": "test"}
    refusal(abroad.client("sts").assume_role, **role)
    assert world.client("sts").get_caller_identity()["Arn"].startswith("arn:aws:")


def test_an_account_keeps_its_partition_after_a_restore(abroad: Abroad) -> None:
    control = abroad.world.sandbox.control
    snapshot = control.snapshot()
    control.restore(snapshot)
    assert abroad.client("sts").get_caller_identity()["Arn"] == f"{abroad.iam}:user/admin"
