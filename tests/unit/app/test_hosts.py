"""Notes on our tags and mappings on hosts that another tool owns, with what to write in that tool."""

from dataclasses import replace

import pytest

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.estate import ClusterTag, Observed, Owner, Place
from leastway.ports.memory import MemorySites
from leastway.reconcile import host_notes
from tests.unit.compiler.conftest import ACCOUNT

API, MAP = (Place(ACCOUNT, "eu-central-1", name) for name in ("api", "map"))
TERRAFORM = Owner("Terraform", "", "by its tag Terraform=true")
KNOWN = (
    "Terraform",
    "OpenTofu",
    "Terragrunt",
    "CloudFormation",
    "CDK",
    "Pulumi",
    "Crossplane",
    "ACK",
    "eksctl",
    "Cluster API",
)


def texts(open_grant: OpenGrant) -> list[str]:
    planned = make_plan(open_grant)
    return [f"{note.where}: {note.text}" for note in host_notes(planned.plan, planned.observation.hosts)]


def test_no_note_for_hosts_without_an_owner(open_grant: OpenGrant) -> None:
    assert not texts(open_grant)


def test_a_tag_on_an_owned_cluster_is_noted_with_the_line_to_write(open_grant: OpenGrant, sites: MemorySites) -> None:
    sites.facts[API] = replace(sites.facts[API], nodegroups=("spot", "workers"))
    sites.owners[API] = TERRAFORM
    cluster, groups = texts(open_grant)
    assert cluster.startswith(f"{API}: Terraform owns the cluster (by its tag Terraform=true): its next run may remove")
    assert 'tags = { "Humanitec" = "true" } in its aws_eks_cluster' in cluster
    assert "Terraform owns the node groups spot, workers (by its tag Terraform=true)" in groups
    assert 'tags = { "Humanitec" = "true" } in its aws_eks_node_group' in groups


def test_a_mapping_in_an_owned_aws_auth_is_noted_with_its_entry(open_grant: OpenGrant, sites: MemorySites) -> None:
    sites.owners[MAP] = Owner("Argo CD", "aws-auth", "by its annotation argocd.argoproj.io/tracking-id=aws-auth")
    (mapping,) = [text for text in texts(open_grant) if "aws-auth" in text and "mapUsers" in text]
    assert "Argo CD (aws-auth) owns aws-auth (by its annotation argocd.argoproj.io/tracking-id=aws-auth)" in mapping
    arn = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
    entry = f'- {{"userarn": "{arn}", "username": "humanitec", "groups": ["humanitec"]}}'
    assert f"{entry} under mapUsers in its manifest of kube-system/aws-auth" in mapping


def test_the_note_stays_until_the_owner_writes_the_tag(open_grant: OpenGrant, sites: MemorySites) -> None:
    sites.owners[API] = TERRAFORM
    before = texts(open_grant)
    apply_plan(open_grant, make_plan(open_grant))
    assert make_plan(open_grant).plan.is_clean
    assert texts(open_grant) == before
    for address, observed in list(sites.objects.items()):
        if address.place == API and address.kind.value.endswith("-tag"):  # the owner has written it
            sites.objects[address] = Observed(observed.object, owner=TERRAFORM)
    assert make_plan(open_grant).plan.is_clean
    assert not texts(open_grant)


@pytest.mark.parametrize("tool", KNOWN)
def test_each_known_tool_gets_instructions_in_its_own_syntax(
    open_grant: OpenGrant, sites: MemorySites, tool: str
) -> None:
    sites.owners[API] = Owner(tool, "")
    notes = texts(open_grant)
    assert len(notes) == 2
    for text in notes:
        assert "Humanitec" in text.partition("Add this to its source: ")[2]
        assert "the tag " not in text.partition("Add this to its source: ")[2]


def test_an_unknown_tool_gets_the_tag_itself(open_grant: OpenGrant, sites: MemorySites) -> None:
    sites.owners[API] = Owner("our-script", "")
    cluster, _ = texts(open_grant)
    assert 'Add this to its source: the tag "Humanitec": "true" of the cluster' in cluster


def test_no_note_for_a_tag_that_is_left_unchanged(open_grant: OpenGrant, sites: MemorySites) -> None:
    sites.owners[API] = TERRAFORM
    tag = ClusterTag(API, "Humanitec", "other")
    sites.put(tag, Observed(tag, owner=TERRAFORM))  # foreign: left unchanged
    assert all("node group" in text for text in texts(open_grant))
