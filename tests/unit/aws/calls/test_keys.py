"""The condition keys that a request shows: tags, headers of S3, a permissions boundary; and what tags need."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leastway.aws.calls import Call, name_call
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, REGION, caught, named, shown

_KEY = "12345678-1234-1234-1234-123456789012"


def context(service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return dict(named(service, operation, parameters).accesses[0].context)


def test_tags_in_the_request_are_known_and_no_others_exist() -> None:
    found = context("sqs", "CreateQueue", {"QueueName": "q", "tags": {"Team": "a"}})
    assert (found["aws:requesttag/team"], found["aws:tagkeys"], found["aws:requesttag/"]) == ("a", ("Team",), None)


def test_without_tags_in_the_request_the_keys_are_absent() -> None:
    found = context("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"})
    assert (found["aws:tagkeys"], found["aws:requesttag/"]) == (None, None)


def test_tags_of_several_resources_are_unknown() -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]
    found = context("ec2", "RunInstances", {"ImageId": "i", "MinCount": 1, "MaxCount": 1, "TagSpecifications": tags})
    assert not [key for key in found if "tag" in key]


_TAG = [{"Key": "Team", "Value": "a"}]
_DATABASE = {"DBInstanceIdentifier": "d", "DBInstanceClass": "c", "Engine": "e"}


def test_tags_beside_another_form_of_tags_are_known() -> None:
    for copies in (False, True):
        found = context("rds", "CreateDBInstance", {**_DATABASE, "Tags": _TAG, "CopyTagsToSnapshot": copies})
        assert (found["aws:requesttag/team"], found["aws:tagkeys"]) == ("a", ("Team",))
    assert context("rds", "CreateDBInstance", _DATABASE)["aws:tagkeys"] is None


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        pytest.param("ec2", "DeleteTags", {"Resources": ["i-1"], "Tags": _TAG}, id="of-ec2"),
        pytest.param(
            "ec2",
            "RequestSpotFleet",
            {
                "SpotFleetRequestConfig": {
                    "IamFleetRole": f"arn:aws:iam::{ACCOUNT}:role/r",
                    "TargetCapacity": 1,
                    "TagSpecifications": [{"ResourceType": "spot-fleet-request", "Tags": _TAG}],
                }
            },
            id="in-a-structure-of-ec2",
        ),
        pytest.param(
            "workspaces",
            "CreateWorkspaces",
            {"Workspaces": [{"DirectoryId": "d-1234567890", "UserName": "u", "BundleId": "wsb-1", "Tags": _TAG}]},
            id="in-a-list",
        ),
        pytest.param(
            "pinpoint",
            "CreateApp",
            {"CreateApplicationRequest": {"Name": "n", "tags": {"Team": "a"}}},
            id="in-a-structure",
        ),
        pytest.param("resource-groups", "Untag", {"Arn": "a", "Keys": ["Team"]}, id="under-another-name"),
        pytest.param("apigateway", "ImportRestApi", {"body": b"{}"}, id="in-a-document"),
        pytest.param(
            "rds",
            "CreateDBInstance",
            {
                **_DATABASE,
                "Tags": _TAG,
                "TagSpecifications": [{"ResourceType": "auto-backup", "Tags": _TAG}],
            },
            id="in-two-inputs",
        ),
    ],
)
def test_tags_that_stand_elsewhere_are_unknown_and_not_absent(
    service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert not [key for key in context(service, operation, parameters) if "tag" in key]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action"),
    [
        ("rds", "CreateDBInstance", _DATABASE, "rds:AddTagsToResource ?"),
        (
            "rds",
            "CopyDBSnapshot",
            {"SourceDBSnapshotIdentifier": "a", "TargetDBSnapshotIdentifier": "b"},
            "rds:AddTagsToResource ?",
        ),
        (
            "elbv2",
            "CreateListener",
            {
                "LoadBalancerArn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/l/1",
                "DefaultActions": [{"Type": "forward"}],
            },
            "elasticloadbalancing:AddTags ?",
        ),
        ("elb", "CreateLoadBalancer", {"LoadBalancerName": "l", "Listeners": []}, "elasticloadbalancing:AddTags ?"),
        ("efs", "CreateAccessPoint", {"ClientToken": "t", "FileSystemId": "fs-1"}, "elasticfilesystem:TagResource ?"),
        (
            "firehose",
            "CreateDeliveryStream",
            {"DeliveryStreamName": "d"},
            f"firehose:TagDeliveryStream arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/d",
        ),
    ],
)
def test_tags_of_what_is_made_need_their_own_action(
    service: str, operation: str, parameters: dict[str, Any], action: str
) -> None:
    without = [shown(each) for each in named(service, operation, parameters).accesses]
    accesses = named(service, operation, {**parameters, "Tags": _TAG}).accesses
    assert [shown(each) for each in accesses] == [*without, action]
    assert accesses[-1].context["aws:tagkeys"] == ("Team",)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action"),
    [
        ("athena", "CreateWorkGroup", {"Name": "w", "Tags": _TAG}, "athena:TagResource"),
        (
            "cloudwatch",
            "PutInsightRule",
            {"RuleName": "r", "RuleDefinition": "d", "Tags": _TAG},
            "cloudwatch:TagResource",
        ),
        ("dsql", "CreateCluster", {"tags": {"Team": "a"}}, "dsql:TagResource"),
        ("events", "CreateEventBus", {"Name": "b", "Tags": _TAG}, "events:TagResource"),
        ("kinesis", "CreateStream", {"StreamName": "s", "Tags": {"Team": "a"}}, "kinesis:AddTagsToStream"),
        ("rekognition", "CreateCollection", {"CollectionId": "c", "Tags": {"Team": "a"}}, "rekognition:TagResource"),
        ("s3tables", "CreateTableBucket", {"name": "b", "tags": {"Team": "a"}}, "s3tables:TagResource"),
        ("s3vectors", "CreateVectorBucket", {"vectorBucketName": "b", "tags": {"Team": "a"}}, "s3vectors:TagResource"),
    ],
)
def test_tags_of_what_is_named_need_their_own_action_on_it(
    service: str, operation: str, parameters: dict[str, Any], action: str
) -> None:
    creates, tags = named(service, operation, parameters).accesses
    assert (tags.action, tags.resource, tags.context) == (action, creates.resource, creates.context)


def test_of_tags_that_are_removed_the_keys_are_known() -> None:
    found = context("elb", "RemoveTags", {"LoadBalancerNames": ["l"], "Tags": [{"Key": "Team"}]})
    assert {key: value for key, value in found.items() if "tag" in key} == {"aws:tagkeys": ("Team",)}
    arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/c"
    found = context("acm", "RemoveTagsFromCertificate", {"CertificateArn": arn, "Tags": _TAG})
    assert {key: value for key, value in found.items() if "tag" in key} == {"aws:tagkeys": ("Team",)}


def test_keys_of_s3_that_may_be_written_anew_are_unknown_or_absent() -> None:
    put = {"Bucket": "shop", "Key": "k"}
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    assert context("s3", "PutObject", put)[key] is None
    assert key not in context("s3", "PutObject", {**put, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/a"})
    assert context("s3", "PutObject", put)["s3:x-amz-copy-source"] is None
    assert "s3:x-amz-copy-source" not in context("s3", "CopyObject", {**put, "CopySource": "shop/secret/k"})


def test_tags_of_an_object_that_differ_in_case_alone_are_unknown() -> None:
    found = context("s3", "PutObject", {"Bucket": "shop", "Key": "k", "Tagging": "a=1&A=2"})
    assert not [key for key in found if key.startswith("s3:requestobjecttag/")]
    assert found["s3:requestobjecttagkeys"] == ("a", "A")


def test_the_keys_of_s3_are_those_of_the_headers() -> None:
    found = context("s3", "PutObject", {"Bucket": "shop", "Key": "k", "ServerSideEncryption": "aws:kms"})
    assert (found["s3:x-amz-server-side-encryption"], found["s3:x-amz-acl"]) == ("aws:kms", None)
    assert found["aws:resourceaccount"] == ACCOUNT


def test_a_prefix_that_is_not_given_is_unknown_and_not_absent() -> None:
    assert context("s3", "ListObjectsV2", {"Bucket": "shop", "Prefix": "a/"})["s3:prefix"] == "a/"
    assert "s3:prefix" not in context("s3", "ListObjectsV2", {"Bucket": "shop"})


def test_a_permissions_boundary_is_a_key() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/b"
    role = {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}
    assert (
        context("iam", "CreateRole", {**role, "PermissionsBoundary": boundary})["iam:permissionsboundary"] == boundary
    )
    assert context("iam", "CreateRole", role)["iam:permissionsboundary"] is None
    assert "iam:permissionsboundary" not in context("iam", "GetRole", {"RoleName": "r"})


_S3_KEYS = (
    "x-amz-acl",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-object-ownership",
    "if-match",
    "if-none-match",
)
_WRITTEN_ANEW = {
    "x-amz-copy-source": "from/k",
    "x-amz-server-side-encryption-aws-kms-key-id": _KEY,
}


def test_the_headers_of_a_call_to_s3_are_its_condition_keys() -> None:
    sent = caught("s3", "PutObject", {"Bucket": "shop", "Key": "a", "Body": b""})
    kept = tuple(each for each in sent.headers if each[0] not in ("content-encoding", "transfer-encoding"))

    def context(*more: tuple[str, str]) -> dict[str, Any]:
        found = name_call(replace(sent, body=b"", headers=(*kept, *more)), HOSTS)
        assert isinstance(found, Call), found
        return dict(found.accesses[-1].context)

    without = context()
    every = (*_S3_KEYS, *_WRITTEN_ANEW)
    assert {name: without[f"s3:{name}"] for name in every} == dict.fromkeys(every)
    for name in _S3_KEYS:
        assert context((name, "given"))[f"s3:{name}"] == "given"
    for name, value in _WRITTEN_ANEW.items():
        assert f"s3:{name}" not in context((name, value))
