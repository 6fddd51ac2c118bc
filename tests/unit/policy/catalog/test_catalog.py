import datetime as dt

import pytest

from leastway.policy.catalog import (
    GLOBAL_KEYS,
    Carries,
    Presence,
    find_global_key,
    is_tag_of_resource,
    load_catalog,
)
from leastway.policy.model import OperatorFamily

CATALOG = load_catalog()


def test_the_catalog_reports_the_date_and_version_of_its_data() -> None:
    assert CATALOG.version.startswith("0.1.")
    assert dt.date(2026, 1, 1) < CATALOG.updated <= dt.date(2030, 1, 1)
    assert len(CATALOG.services()) > 400


def test_an_action_is_found_in_any_case() -> None:
    action = CATALOG.find_action("EKS:describeCLUSTER")
    assert action is not None
    assert (action.full_name, action.access_level) == ("eks:DescribeCluster", "Read")
    assert CATALOG.find_action("eks:NoSuchThing") is None
    assert CATALOG.find_action("nosuchservice:Get") is None
    assert CATALOG.find_action("") is None


@pytest.mark.parametrize(
    ("pattern", "included", "excluded"),
    [
        ("eks:List*", "eks:ListClusters", "eks:DescribeCluster"),
        ("EKS:?istclusters", "eks:ListClusters", "eks:ListNodegroups"),
        ("*", "s3:GetObject", "no"),
        ("*:GetCallerIdentity", "sts:GetCallerIdentity", "sts:AssumeRole"),
    ],
)
def test_a_wildcard_expands_to_the_actions_in_the_catalog(pattern: str, included: str, excluded: str) -> None:
    names = [action.full_name for action in CATALOG.expand(pattern)]
    assert included in names
    assert excluded not in names
    assert names == sorted(names, key=lambda name: name.lower().split(":"))


def test_an_unknown_action_expands_to_nothing() -> None:
    assert CATALOG.expand("nosuch:*") == CATALOG.expand("eks") == CATALOG.expand("") == ()
    assert CATALOG.actions("nosuch") == ()


def test_condition_keys_of_an_action_include_those_of_its_resource_types() -> None:
    nodegroup = CATALOG.find_action("eks:DescribeNodegroup")
    clusters = CATALOG.find_action("eks:ListClusters")
    assert nodegroup is not None
    assert clusters is not None
    assert CATALOG.has_resource_level(nodegroup)
    assert not CATALOG.has_resource_level(clusters)
    assert CATALOG.arn_globs(nodegroup) == ("arn:*:eks:*:*:nodegroup/*/*/*",)
    assert CATALOG.arn_globs(clusters) == ("*",)
    assert "aws:ResourceTag/${TagKey}" in CATALOG.condition_keys(nodegroup)


@pytest.mark.parametrize(
    ("action", "key", "on_no_resource", "carries"),
    [
        ("eks:DescribeNodegroup", "AWS:ResourceTag/Humanitec", False, Carries.LISTED),
        ("eks:ListClusters", "aws:ResourceTag/Humanitec", True, Carries.NEVER),
        ("eks:ListClusters", "aws:ResourceTag/Humanitec", False, Carries.UNLISTED),
        ("eks:ListClusters", "aws:SourceIp", True, Carries.LISTED),
        ("eks:ListClusters", "eks:clusterName", True, Carries.UNLISTED),
        ("eks:DescribeCluster", "aws:RequestTag/team", False, Carries.UNLISTED),
        ("ec2:DescribeInstances", "ec2:ResourceTag/team", True, Carries.NEVER),
        ("ec2:StopInstances", "ec2:ResourceTag/team", False, Carries.LISTED),
        ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/stage", False, Carries.LISTED),
        ("ssm:GetParameter", "ssm:resourceTag/stage", False, Carries.LISTED),
        ("aws-marketplace:Subscribe", "aws-marketplace:ProductId", True, Carries.UNLISTED),
        ("s3:GetObject", "s3:prefix", False, Carries.UNLISTED),
        ("s3:GetObject", "datazone:userId", False, Carries.UNLISTED),
        ("s3:GetObject", "glue:CredentialIssuingService", False, Carries.LISTED),
        ("sqs:SendMessage", "lambda:SourceFunctionArn", False, Carries.LISTED),
        ("sts:TagSession", "sts:ExternalId", False, Carries.LISTED),
    ],
)
def test_a_key_is_ruled_out_only_if_the_documentation_rules_it_out(
    action: str, key: str, on_no_resource: bool, carries: Carries
) -> None:
    found = CATALOG.find_action(action)
    assert found is not None
    assert CATALOG.carries(found, key, on_no_resource=on_no_resource) is carries


@pytest.mark.parametrize(
    ("action", "resource", "is_on_none"),
    [
        ("eks:ListClusters", "*", True),
        ("eks:ListClusters", "arn:aws:eks:eu-central-1:111122223333:cluster/*", True),
        ("eks:ListClusters", "arn:aws:eks:eu-central-1:111122223333:cluster/prod", True),
        ("ssmmessages:OpenDataChannel", "arn:aws:ssm:eu-central-1:111122223333:session/", True),
        ("ssmmessages:OpenDataChannel", "arn:aws:ssm:eu-central-1:111122223333:session/x", False),
        ("eks:DescribeCluster", "*", False),
    ],
)
def test_list_requests_are_not_about_a_single_resource(action: str, resource: str, is_on_none: bool) -> None:
    found = CATALOG.find_action(action)
    assert found is not None
    assert CATALOG.is_on_no_resource(found, resource) is is_on_none


def test_a_resource_type_with_several_arns_has_an_entry_for_each() -> None:
    web_acl = CATALOG.find_action("apigateway:SetWebACL")
    assert web_acl is not None
    assert not CATALOG.has_unknown_types(web_acl)
    assert "arn:*:apigateway:*::/restapis/*/stages/*" in CATALOG.arn_globs(web_acl)
    assert not any("," in found.arn for service in CATALOG.services() for found in CATALOG.resource_types_of(service))


@pytest.mark.parametrize(
    ("key", "is_tag"),
    [
        ("aws:ResourceTag/a", True),
        ("SSM:resourceTag/a", True),
        ("rds:db-tag/a", True),
        ("s3:ExistingObjectTag/a", True),
        ("s3:BucketTag/a", True),
        ("aws:PrincipalTag/a", False),
        ("aws:RequestTag/a", False),
        ("rds:req-tag/a", False),
        ("s3:RequestObjectTag/a", False),
        ("aws:TagKeys", False),
    ],
)
def test_tags_of_a_resource_are_distinguished_from_other_tags(key: str, is_tag: bool) -> None:
    assert is_tag_of_resource(key) is is_tag


def test_the_most_specific_resource_type_is_chosen_for_an_arn() -> None:
    get = CATALOG.find_action("s3:GetObject")
    assume = CATALOG.find_action("sts:AssumeRole")
    assert get is not None
    assert assume is not None
    found = CATALOG.resource_type_of(get, "arn:aws:s3:::shop/a/b")
    assert found is not None
    assert found.name == "object"
    assert CATALOG.resource_type_of(assume, "arn:aws:s3:::shop/a/b") is None
    assert CATALOG.resource_type("eks", "Cluster") is not None
    assert CATALOG.resource_type("eks", "nothing") is None


@pytest.mark.parametrize(
    ("key", "multivalued"),
    [
        ("aws:TagKeys", True),
        ("AWS:calledvia", True),
        ("aws:ResourceTag/x", False),
        ("aws:SourceIp", False),
        ("eks:kubernetesGroups", True),
        ("s3:ExistingObjectTag/team", False),
        ("saml:aud", False),
        ("secretsmanager:ResourceTag/stage", False),
        ("ec2:SourceInstanceARN", False),
        ("aws-marketplace:ProductId", True),
        ("nosuch:key", None),
        ("x", None),
    ],
)
def test_the_type_of_a_key_tells_whether_it_has_several_values(key: str, multivalued: bool | None) -> None:
    assert CATALOG.is_multivalued(key) is multivalued


def test_global_keys_have_a_type_and_a_presence() -> None:
    assert all(name == key.name.lower() for name, key in GLOBAL_KEYS.items())
    source_ip = find_global_key("AWS:SourceIP")
    tag = find_global_key("aws:PrincipalTag/team")
    via = find_global_key("aws:ViaAWSService")
    assert source_ip is not None
    assert tag is not None
    assert via is not None
    assert (source_ip.family, source_ip.presence) == (OperatorFamily.IP, Presence.SOMETIMES)
    assert tag.name == "aws:PrincipalTag/"
    assert via.presence is Presence.ALWAYS
    assert find_global_key("aws:Nothing") is None
    assert find_global_key("aws:SourceIp/x") is None
    key = CATALOG.find_condition_key("eks:principalArn")
    assert key is not None
    assert key.family is OperatorFamily.ARN
