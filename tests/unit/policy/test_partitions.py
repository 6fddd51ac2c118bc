"""Policies of other partitions: counterexamples are in their partition, and naming it narrows nothing."""

import json

import pytest

from leastway.lint import Finding, lint
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.breadth import why_full_privileges
from leastway.policy.catalog import Catalog, load_catalog
from leastway.policy.evaluate import Caller, CallerKind, PolicySet
from leastway.policy.partitions import COGNITO, in_any_partition, partition_of, service_names
from leastway.policy.prove import Refuted, compare
from leastway.primitives import Partition
from tests.unit.policy.prove.policies import allow, identity, trust, trusting

NOTHING = identity(allow("sts:GetCallerIdentity"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("arn:aws:s3:::x", "arn:*:s3:::x"),
        ("arn:aws-us-gov:s3:::x", "arn:*:s3:::x"),
        ("arn:aws-iso-b:iam::*:role/a:b", "arn:*:iam::*:role/a:b"),
        ("arn:aws*:s3:::x", "arn:*:s3:::x"),
        ("arn:aws-??-gov:s3:::x", "arn:*:s3:::x"),
        ("arn:*:s3:::x", "arn:*:s3:::x"),
        ("arn:moon:s3:::x", "arn:moon:s3:::x"),
        ("arn:aws-moon-*:s3:::x", "arn:aws-moon-*:s3:::x"),
        ("arn::s3:::x", "arn::s3:::x"),
        ("arn:*", "arn:*"),
        ("*", "*"),
    ],
)
def test_a_known_partition_in_a_pattern_is_replaced_by_a_wildcard(written: str, meant: str) -> None:
    assert in_any_partition(written) == meant


@pytest.mark.parametrize("written", [*Partition, "aws*", "aws-??-gov", "*"])
def test_full_privileges_are_found_in_every_partition(written: str) -> None:
    everything = {"Effect": "Allow", "Action": "iam:*", "Resource": f"arn:{written}:iam::111122223333:*"}
    document = parse_policy({"Version": "2012-10-17", "Statement": everything}, kind=PolicyKind.IDENTITY)
    assert why_full_privileges(document) == "can give itself every permission with iam:AttachRolePolicy in statement 1"


@pytest.mark.parametrize("partition", Partition)
def test_passing_a_role_to_a_service_is_found_in_every_partition(partition: Partition) -> None:
    condition = {"StringEquals": {"iam:PassedToService": f"ec2.{partition.dns_suffix}"}}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition}
    starting = {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"}
    found = lint(json.dumps({"Version": "2012-10-17", "Statement": [passing, starting]}))
    assert found is not None
    assert "privilege-escalation" in {one.rule for one in found if isinstance(one, Finding)}
    assert f"ec2.{partition.dns_suffix}" in service_names("ec2.amazonaws.com")


@pytest.mark.parametrize("partition", Partition)
def test_service_principals_of_every_partition_are_callers_in_proofs(partition: Partition, catalog: Catalog) -> None:
    name = f"ec2.{partition.dns_suffix}"
    assert Caller.parse(name).kind is CallerKind.SERVICE
    meant = trusting(trust({"AWS": f"arn:{partition}:iam::111122223333:user/x"}))
    verdict = compare(trusting(trust({"Service": name})), meant, catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert verdict.counterexample.request.caller.arn == name


@pytest.mark.parametrize("partition", Partition)
def test_a_counterexample_is_in_the_partition_of_the_policies(partition: Partition, catalog: Catalog) -> None:
    new = identity(allow("eks:DescribeCluster", f"arn:{partition}:eks:*:*:cluster/*"))
    verdict = compare(new, NOTHING, catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    request = verdict.counterexample.request
    assert {request.resource.split(":")[1], request.caller.arn.split(":")[1]} == {str(partition)}
    assert Partition.of_region(request.resource.split(":")[3]) is partition
    stranger = compare(
        trusting(trust("*")), trusting(trust({"AWS": f"arn:{partition}:iam::111122223333:user/x"})), catalog=catalog
    )
    assert isinstance(stranger, Refuted)
    assert stranger.counterexample is not None
    assert stranger.counterexample.request.caller.arn.startswith(f"arn:{partition}:")


def test_policies_that_name_several_partitions_belong_to_aws() -> None:
    both = identity(allow("s3:*", ["arn:aws-cn:s3:::x", "arn:aws-us-gov:s3:::x"]))
    assert partition_of([both]) is Partition.AWS
    assert partition_of([PolicySet()]) is Partition.AWS
    assert partition_of([identity(allow("s3:*", "arn:aws-cn:s3:::x"))]) is Partition.CHINA


@pytest.mark.parametrize("name", COGNITO)
def test_every_name_of_cognito_is_an_identity_provider(name: str, catalog: Catalog) -> None:
    assert Caller.parse(name).kind is CallerKind.IDENTITY_PROVIDER
    meant = trusting(trust({"AWS": "arn:aws:iam::111122223333:user/x"}))
    verdict = compare(
        trusting(trust({"Federated": name}, action="sts:AssumeRoleWithWebIdentity")), meant, catalog=catalog
    )
    assert isinstance(verdict, Refuted)
