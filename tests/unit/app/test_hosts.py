"""Tags and mappings of ours on what another tool owns: told as long as they are ours, with what to write there."""

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


def texts(work: OpenGrant) -> list[str]:
    planned = make_plan(work)
    return [f"{note.where}: {note.text}" for note in host_notes(planned.plan, planned.observation.hosts)]


def test_nothing_is_said_of_what_nobody_owns(work: OpenGrant) -> None:
    assert not texts(work)


def test_a_tag_on_a_cluster_and_its_node_groups_is_told_with_the_line_to_write(
    work: OpenGrant, sites: MemorySites
) -> None:
    sites.facts[API] = replace(sites.facts[API], nodegroups=("spot", "workers"))
    sites.owners[API] = TERRAFORM
    cluster, groups = texts(work)
    assert cluster.startswith(f"{API}: Terraform owns the cluster (by its tag Terraform=true): its next run may remove")
    assert 'tags = { "Humanitec" = "true" } in its aws_eks_cluster' in cluster
    assert "Terraform owns the node groups spot, workers (by its tag Terraform=true)" in groups
    assert 'tags = { "Humanitec" = "true" } in its aws_eks_node_group' in groups


def test_a_mapping_in_an_owned_map_is_told_with_its_entry(work: OpenGrant, sites: MemorySites) -> None:
    sites.owners[MAP] = Owner("Argo CD", "aws-auth", "by its annotation argocd.argoproj.io/tracking-id=aws-auth")
    (mapping,) = [text for text in texts(work) if "aws-auth" in text and "mapUsers" in text]
    assert "Argo CD (aws-auth) owns aws-auth (by its annotation argocd.argoproj.io/tracking-id=aws-auth)" in mapping
    arn = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
    entry = f'- {{"userarn": "{arn}", "username": "humanitec", "groups": ["humanitec"]}}'
    assert f"{entry} under mapUsers in its manifest of kube-system/aws-auth" in mapping


def test_it_is_told_for_as_long_as_the_tag_is_ours(work: OpenGrant, sites: MemorySites) -> None:
    sites.owners[API] = TERRAFORM
    before = texts(work)
    apply_plan(work, make_plan(work))
    assert make_plan(work).plan.is_clean
    assert texts(work) == before
    for address, observed in list(sites.objects.items()):
        if address.place == API and address.kind.value.endswith("-tag"):  # written there, and the tool has run
            sites.objects[address] = Observed(observed.object, owner=TERRAFORM)
    assert make_plan(work).plan.is_clean
    assert not texts(work)


@pytest.mark.parametrize("tool", KNOWN)
def test_each_known_tool_is_told_in_its_own_words(work: OpenGrant, sites: MemorySites, tool: str) -> None:
    sites.owners[API] = Owner(tool, "")
    told = texts(work)
    assert len(told) == 2
    for text in told:
        assert "Humanitec" in text.partition("Add this to its source: ")[2]
        assert "the tag " not in text.partition("Add this to its source: ")[2]


def test_a_tool_that_nobody_knows_is_told_the_tag(work: OpenGrant, sites: MemorySites) -> None:
    sites.owners[API] = Owner("our-script", "")
    cluster, _ = texts(work)
    assert 'Add this to its source: the tag "Humanitec": "true" of the cluster' in cluster


def test_what_is_not_done_is_not_told(work: OpenGrant, sites: MemorySites) -> None:
    sites.owners[API] = TERRAFORM
    tag = ClusterTag(API, "Humanitec", "other")
    sites.put(tag, Observed(tag, owner=TERRAFORM))  # foreign: left as it is
    assert all("node group" in text for text in texts(work))
