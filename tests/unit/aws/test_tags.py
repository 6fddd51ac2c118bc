import pytest

from leastway.aws.tags import mark_of, marked_keys, owner_of
from leastway.estate import Mark, key_mark, mark_tags


@pytest.mark.parametrize("mark", [Mark("acme"), Mark("acme", "AROAEXAMPLE")])
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert mark_of({"team": "shop", **mark_tags(mark)}) == mark


def test_other_tags_are_no_mark() -> None:
    assert mark_of({"leastway:principal-id": "AROA", "leastway": "acme", "leastway:grant": ""}) is None


def test_the_marks_of_tags_name_their_keys() -> None:
    tags = {key_mark("Humanitec"): "acme", key_mark("a:b"): "globex", "Humanitec": "true", "leastway:grant": "acme"}
    assert marked_keys(tags) == {"Humanitec", "a:b"}


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({"aws:cloudformation:stack-name": "humanitec", "managed-by": "terraform"}, "CloudFormation (humanitec)"),
        ({"managed-by": "terraform"}, "Terraform"),
        ({"ManagedBy": "Terraform Cloud"}, "Terraform"),
        ({"managed_by": "OpenTofu"}, "OpenTofu"),
        ({"Provisioner": "tofu"}, "OpenTofu"),
        ({"terraform": "true"}, "Terraform"),
        ({"Terraform": "infra/eks"}, "Terraform"),
        ({"terraform": "false"}, None),
        ({"pulumi:stack": "prod", "pulumi:project": "infra"}, "Pulumi (prod)"),
        ({"ManagedBy": "pulumi"}, "Pulumi"),
        ({"crossplane-name": "role-x", "crossplane-kind": "role"}, "Crossplane (role-x)"),
        ({"services.k8s.aws/namespace": "infra"}, "ACK (infra)"),
        ({"created-by": "cdk"}, "CDK"),
        ({"managed-by": "the platform team"}, None),
        ({"team": "terraform"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_tags_name_the_tool_that_owns_an_object(tags: dict[str, str], owner: str | None) -> None:
    found = owner_of(tags)
    assert (str(found) if found else None) == owner
