"""Properties of EKS sites beyond the contract of a site."""

from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, EstateObject, Mark, Observed, Place, Unreadable
from leastway.ports import NotThereYetError
from tests.contract.live.world import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTER_TAG,
    EDIT,
    ENTRY,
    LEGACY,
    NODEGROUP_TAG,
    POLICY,
    PROD,
    REGION,
    ROLE,
    AwsWorld,
)

pytestmark = pytest.mark.integration

MARK = Mark("acme")


@pytest.fixture
def prod(aws: AwsWorld) -> AwsWorld:
    for one in (POLICY, ROLE):
        aws.site(one).create(one, MARK)
    aws.writes()
    return aws


def seen(aws: AwsWorld, candidate: EstateObject) -> Observed | None:
    observation = aws.site(candidate).observe([candidate], "acme")
    assert not observation.unreadable
    return observation.objects.get(candidate.address)


def cluster_tags(aws: AwsWorld) -> dict[str, str]:
    tags: dict[str, str] = aws.client("eks").describe_cluster(name="prod")["cluster"]["tags"]
    return tags


def test_tag_and_mark_are_set_by_one_call_and_removed_by_one_call(prod: AwsWorld) -> None:
    for tag in (CLUSTER_TAG, NODEGROUP_TAG):
        prod.site(tag).create(tag, MARK)
    assert prod.writes() == ["eks:TagResource", "eks:TagResource"]
    assert cluster_tags(prod) == {"team": "shop", "Humanitec": "true", "leastway:grant:Humanitec": "acme"}
    for tag in (CLUSTER_TAG, NODEGROUP_TAG):
        live = seen(prod, tag)
        assert live is not None
        prod.site(tag).delete(live)
    assert prod.writes() == ["eks:UntagResource", "eks:UntagResource"]
    assert cluster_tags(prod) == {"team": "shop"}


def test_two_platforms_can_tag_the_same_cluster(prod: AwsWorld) -> None:
    other = replace(CLUSTER_TAG, key="Other")
    prod.site(CLUSTER_TAG).create(CLUSTER_TAG, MARK)
    prod.site(other).create(other, Mark("globex"))
    first, second = seen(prod, CLUSTER_TAG), seen(prod, other)
    assert first is not None
    assert second is not None
    assert (first.mark, second.mark) == (MARK, Mark("globex"))
    prod.site(other).delete(second)
    assert seen(prod, CLUSTER_TAG) == first


def test_a_mark_without_its_tag_is_found_and_removed(prod: AwsWorld) -> None:
    prod.site(CLUSTER_TAG).create(CLUSTER_TAG, MARK)
    eks = prod.client("eks")
    arn = eks.describe_cluster(name="prod")["cluster"]["arn"]
    eks.untag_resource(resourceArn=arn, tagKeys=["Humanitec"])
    (left,) = prod.site(CLUSTER_TAG).observe([], "acme").objects.values()
    assert left == Observed(replace(CLUSTER_TAG, value=""), MARK)
    prod.site(CLUSTER_TAG).delete(left)
    assert cluster_tags(prod) == {"team": "shop"}


def test_a_tag_taken_over_by_another_grant_is_kept(prod: AwsWorld) -> None:
    prod.site(CLUSTER_TAG).create(CLUSTER_TAG, MARK)
    live = seen(prod, CLUSTER_TAG)
    assert live is not None
    prod.site(CLUSTER_TAG).update(live, CLUSTER_TAG, Mark("globex"))
    with pytest.raises(LeastwayError, match="mark has changed"):
        prod.site(CLUSTER_TAG).delete(live)
    assert cluster_tags(prod)["Humanitec"] == "true"


def test_values_that_eks_fills_in_are_not_differences(prod: AwsWorld) -> None:
    bare = AccessEntry(PROD, ROLE.arn)
    prod.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE.arn)
    told = prod.client("eks").describe_access_entry(clusterName="prod", principalArn=ROLE.arn)["accessEntry"]
    assert told["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/{{{{SessionName}}}}"
    observed = seen(prod, bare)
    assert observed is not None
    assert observed.object == bare


def test_a_principal_unknown_to_eks_is_a_retryable_error(aws: AwsWorld) -> None:
    with pytest.raises(NotThereYetError, match="invalid principal"):
        aws.site(ENTRY).create(ENTRY, MARK)


def test_an_entry_that_is_still_being_deleted_is_a_retryable_error(prod: AwsWorld) -> None:
    prod.sandbox.control.fail("eks:CreateAccessEntry", "ResourceInUseException")
    with pytest.raises(NotThereYetError, match="still being deleted"):
        prod.site(ENTRY).create(ENTRY, MARK)
    prod.site(ENTRY).create(ENTRY, MARK)


def test_an_entry_is_changed_in_place(prod: AwsWorld) -> None:
    prod.site(ENTRY).create(ENTRY, MARK)
    live = seen(prod, ENTRY)
    assert live is not None
    prod.writes()
    prod.site(ENTRY).update(live, replace(ENTRY, groups=frozenset({"readers"})), MARK)
    assert prod.writes() == ["eks:UpdateAccessEntry"]


def test_a_policy_is_not_associated_with_an_entry_of_another_owner(prod: AwsWorld) -> None:
    prod.by_hand(ENTRY)
    with pytest.raises(LeastwayError, match="does not belong to this grant") as caught:
        prod.site(ASSOCIATION).create(ASSOCIATION, MARK)
    assert "--adopt" in (caught.value.fix or "")
    assert seen(prod, ASSOCIATION) is None


def test_the_policies_of_a_marked_entry_are_all_ours(prod: AwsWorld) -> None:
    prod.site(ENTRY).create(ENTRY, MARK)
    by_hand = replace(ASSOCIATION, policy=EDIT)
    prod.by_hand(by_hand)
    found = prod.site(ENTRY).observe([ENTRY], "acme").objects
    assert found[by_hand.address] == Observed(by_hand, MARK)


def test_the_owner_of_a_stack_s_entry_is_read(prod: AwsWorld) -> None:
    prod.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE.arn, tags={"managed-by": "opentofu"})
    observed = seen(prod, ENTRY)
    assert observed is not None
    assert str(observed.owner) == "OpenTofu"


def test_entries_are_not_listed_in_config_map_mode(aws: AwsWorld) -> None:
    entry = replace(ENTRY, place=LEGACY)
    aws.sandbox.control.journal(clear=True)
    assert seen(aws, entry) is None
    actions = {call.action for call in aws.sandbox.control.journal()}
    assert "ListAccessEntries" not in actions
    with pytest.raises(LeastwayError, match="authentication mode"):
        aws.site(entry).create(entry, MARK)


def test_entries_of_other_principals_are_not_read(prod: AwsWorld) -> None:
    prod.sandbox.control.journal(clear=True)
    assert prod.site(ENTRY).observe([], "acme").objects == {}
    actions = [call.action for call in prod.sandbox.control.journal()]
    assert "ListAccessEntries" in actions
    assert "DescribeAccessEntry" not in actions  # the engineer's own entry exists


def test_the_site_of_a_missing_cluster_is_an_error(aws: AwsWorld) -> None:
    gone = replace(CLUSTER_TAG, place=Place(ACCOUNT, REGION, "gone"))
    with pytest.raises(LeastwayError, match="cluster gone does not exist in eu-central-1"):
        aws.site(gone).observe([gone], "acme")


def test_a_cluster_that_discovery_cannot_read_is_unreadable_with_the_missing_permission(aws: AwsWorld) -> None:
    aws.sandbox.control.fail("eks:DescribeCluster", "AccessDeniedException")
    found = aws.sites.discover([PROD])[PROD]
    assert isinstance(found, Unreadable)
    assert "DescribeCluster" in found.reason
    assert "leastway explain permissions" in found.fix


def test_an_observation_after_discovery_does_not_describe_the_cluster_again(aws: AwsWorld) -> None:
    def described() -> int:
        entries = aws.sandbox.control.journal(clear=True)
        return sum(entry.action == "DescribeCluster" for entry in entries)

    aws.sites.discover([PROD])
    assert described() == 1
    told = aws.site(CLUSTER_TAG)
    told.observe([CLUSTER_TAG], "acme")
    assert described() == 0
    told.create(CLUSTER_TAG, Mark("acme"))
    described()
    assert CLUSTER_TAG.address in told.observe([CLUSTER_TAG], "acme").objects
    assert CLUSTER_TAG.address in aws.site(CLUSTER_TAG).observe([CLUSTER_TAG], "acme").objects
    assert described() == 2


def test_concurrent_calls_of_an_account_are_limited(aws: AwsWorld) -> None:
    aws.sandbox.control.throttle("eks:*", rate=50)
    many: Any = aws.sites.discover([PROD, LEGACY] * 20)
    assert not [fact for fact in many.values() if isinstance(fact, Unreadable)]


def test_throttled_calls_are_retried(aws: AwsWorld) -> None:
    aws.sandbox.control.throttle("eks:*", every=2)
    assert not isinstance(aws.sites.discover([PROD])[PROD], Unreadable)
