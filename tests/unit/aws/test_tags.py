import pytest

from leastway.aws.tags import mark_of, marked_keys, owner_of
from leastway.estate import Mark, key_mark, mark_tags


@pytest.mark.parametrize("mark", [Mark("acme"), Mark("acme", "AROAEXAMPLE")])
def test_a_mark_survives_writing_and_reading(mark: Mark) -> None:
    assert mark_of({"team": "shop", **mark_tags(mark)}) == mark


def test_other_tags_are_not_a_mark() -> None:
    assert mark_of({"leastway:principal-id": "AROA", "leastway": "acme", "leastway:grant": ""}) is None


def test_marked_keys_are_read_from_the_marks() -> None:
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
        (
            {"alpha.eksctl.io/cluster-name": "api", "aws:cloudformation:stack-name": "eksctl-api-cluster"},
            "eksctl (api)",
        ),
        ({"sigs.k8s.io/cluster-api-provider-aws/cluster/api": "owned"}, "Cluster API (api)"),
        ({"sigs.k8s.io/cluster-api-provider-aws/cluster/api": "shared"}, None),
        ({"services.k8s.aws/controller-version": "eks-v1.2.3"}, "ACK (eks-v1.2.3)"),
        ({"managed-by": "argocd"}, "Argo CD"),
        ({"managed-by": "the platform team"}, None),
        ({"team": "terraform"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_the_owner_is_read_from_the_tags_of_tools(tags: dict[str, str], owner: str | None) -> None:
    found = owner_of(tags)
    assert (str(found) if found else None) == owner


def test_an_owner_comes_with_the_tag_that_names_it() -> None:
    found = owner_of({"team": "shop", "Terraform": "true"})
    assert found is not None
    assert found.sign == "by its tag Terraform=true"
