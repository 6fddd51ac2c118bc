"""What the catalog knows about actions, resources and keys limits the possible requests."""

import pytest

from leastway.policy.catalog import Carries, Catalog
from leastway.policy.prove.requests.domain import carries, domains_of, open_facts, reserved_resources, undocumented


def kinds(catalog: Catalog, *actions: str) -> set[tuple[str, str | None]]:
    return {
        (kind.action, kind.resource_type.name if kind.resource_type else None)
        for domain in domains_of(actions, (), catalog)
        for kind in domain.kinds
    }


def test_an_action_has_a_kind_of_request_for_each_resource_type(catalog: Catalog) -> None:
    assert kinds(catalog, "eks:describenodegroup") == {("eks:DescribeNodegroup", "nodegroup")}
    assert kinds(catalog, "eks:listclusters") == {("eks:ListClusters", None)}
    assert kinds(catalog, "s3:getobject") == {
        ("s3:GetObject", "object"),
        ("s3:GetObject", "accesspointobject"),
        ("s3:GetObject", None),
    }
    assert kinds(catalog, "new:action") == {("new:action", None)}


@pytest.mark.parametrize(
    ("action", "key", "may_be_there"),
    [
        ("eks:describecluster", "aws:resourcetag/team", True),
        ("eks:listclusters", "aws:resourcetag/team", False),
        ("eks:describecluster", "aws:requesttag/team", True),
        ("eks:tagresource", "aws:requesttag/team", True),
        ("eks:listclusters", "aws:sourceip", True),
        ("s3:listbucket", "s3:prefix", True),
        ("ec2:describeinstances", "ec2:resourcetag/team", False),
        ("s3:getobject", "s3:prefix", True),
        ("s3:getobject", "glue:credentialissuingservice", True),
        ("secretsmanager:getsecretvalue", "secretsmanager:resourcetag/stage", True),
        ("ssm:getparameter", "ssm:resourcetag/stage", True),
        ("aws-marketplace:subscribe", "aws-marketplace:productid", True),
        ("s3:getobject", "s3:existingobjecttag/class", True),
        ("s3:getobject", "vendor:key", True),
        ("s3:getobject", "s3:nosuchkey", True),
        ("sts:assumerolewithwebidentity", "oidc.eks.eu-central-1.amazonaws.com/id/1:sub", True),
        ("sts:tagsession", "sts:externalid", True),
        ("new:action", "aws:resourcetag/team", True),
    ],
)
def test_a_key_may_be_present_unless_the_documentation_rules_it_out(
    action: str, key: str, may_be_there: bool, catalog: Catalog
) -> None:
    found = {domain.facts(key).may_be_there for domain in domains_of([action], [key], catalog)}
    assert may_be_there in found
    assert may_be_there or found == {False}


@pytest.mark.parametrize(
    ("key", "anywhere"),
    [
        ("aws:sourceip", True),
        ("aws:principaltag/team", True),
        ("glue:credentialissuingservice", True),
        ("vendor:key", True),
        ("s3:nosuchkey", True),
        ("aws:requesttag/team", False),
        ("aws:tagkeys", False),
        ("aws:resourcetag/team", False),
        ("ec2:resourcetag/team", False),
        ("s3:existingobjecttag/class", False),
        ("sts:externalid", False),
    ],
)
def test_a_key_that_may_be_anywhere_is_in_every_kind_of_request(key: str, anywhere: bool, catalog: Catalog) -> None:
    assert catalog.may_be_anywhere(key) is anywhere
    asked = [
        kind
        for service in ("ec2", "eks", "iam", "rds", "s3", "sts")
        for action in catalog.actions(service)
        for domain in domains_of([action.full_name.lower()], (), catalog)
        for kind in domain.kinds
    ]
    assert ({carries(catalog, kind, key) for kind in asked} == {Carries.LISTED}) is anywhere


def test_a_resource_type_with_two_arns_matches_both(catalog: Catalog) -> None:
    (domain,) = domains_of(["apigateway:setwebacl"], (), catalog)
    assert domain.kinds_of("arn:aws:apigateway:eu-central-1::/restapis/a/stages/b")
    assert domain.kinds_of("arn:aws:apigateway:eu-central-1::/apis/a/stages/b")


def test_an_action_without_resource_types_applies_to_all_of_a_kind_and_is_doubtful_on_one(catalog: Catalog) -> None:
    (domain,) = domains_of(["eks:listclusters"], (), catalog)
    all_clusters, one = (f"arn:aws:eks:eu-central-1:111122223333:cluster/{name}" for name in ("*", "prod"))
    assert domain.kinds_of("*")
    assert domain.kinds_of(all_clusters)
    assert domain.kinds_of("arn:aws:logs:eu-central-1:111122223333:log-group::log-stream:")
    assert not domain.kinds_of(one)
    doubted = undocumented("eks:listclusters", ["aws:resourcetag/team"], catalog)
    assert doubted is not None
    assert all(found.contains(one) for found in doubted.resources)
    assert not all(found.contains(all_clusters) for found in doubted.resources)
    assert not doubted.facts("aws:resourcetag/team").may_be_there
    named = undocumented("autoscaling:createlaunchconfiguration", ["aws:resourcetag/team"], catalog)
    assert named is None or named.facts("aws:resourcetag/team").may_be_there
    assert undocumented("eks:describecluster", (), catalog) is None
    assert undocumented("new:action", (), catalog) is None


def test_the_type_of_a_key_determines_number_and_form_of_its_values(catalog: Catalog) -> None:
    facts = open_facts(catalog)
    assert facts("aws:tagkeys").multivalued is True
    assert facts("aws:sourceip").multivalued is False
    assert facts("vendor:key").multivalued is None
    assert not facts("aws:sourceip").values.contains("x")
    assert facts("aws:sourceip").values.contains("192.0.2.1")
    assert not facts("aws:securetransport").values.contains("x")
    assert not facts("aws:multifactorauthage").values.contains("x")
    assert facts("vendor:key").values.contains("x")


def test_actions_with_the_same_facts_share_one_domain(catalog: Catalog) -> None:
    found = list(domains_of(["eks:describecluster", "eks:listclusters", "ec2:runinstances"], [], catalog))
    assert len(found) == 1
    found = list(domains_of(["eks:describecluster", "eks:listclusters"], ["aws:resourcetag/a"], catalog))
    assert len(found) == 2


def test_resources_reserved_by_aws_are_excluded_by_a_pattern(catalog: Catalog) -> None:
    assert reserved_resources("iam:PassRole") == "arn:*:iam::*:role/aws-reserved/*"
    assert reserved_resources("s3:GetObject") is None
    (domain,) = domains_of(["iam:passrole"], (), catalog)
    assert not all(found.contains("arn:aws:iam::111122223333:role/aws-reserved/x") for found in domain.resources)
