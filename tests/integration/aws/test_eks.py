"""What EKS asks of whoever manages it, beyond the contract of a site."""

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


def test_tag_and_mark_come_with_one_call_and_go_with_one_call(prod: AwsWorld) -> None:
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


def test_two_platforms_may_each_tag_one_cluster(prod: AwsWorld) -> None:
    other = replace(CLUSTER_TAG, key="Other")
    prod.site(CLUSTER_TAG).create(CLUSTER_TAG, MARK)
    prod.site(other).create(other, Mark("globex"))
    first, second = seen(prod, CLUSTER_TAG), seen(prod, other)
    assert first is not None
    assert second is not None
    assert (first.mark, second.mark) == (MARK, Mark("globex"))
    prod.site(other).delete(second)
    assert seen(prod, CLUSTER_TAG) == first


def test_a_mark_whose_tag_somebody_removed_is_found_and_goes(prod: AwsWorld) -> None:
    prod.site(CLUSTER_TAG).create(CLUSTER_TAG, MARK)
    eks = prod.client("eks")
    arn = eks.describe_cluster(name="prod")["cluster"]["arn"]
    eks.untag_resource(resourceArn=arn, tagKeys=["Humanitec"])
    (left,) = prod.site(CLUSTER_TAG).observe([], "acme").objects.values()
    assert left == Observed(replace(CLUSTER_TAG, value=""), MARK)
    prod.site(CLUSTER_TAG).delete(left)
    assert cluster_tags(prod) == {"team": "shop"}


def test_a_tag_that_another_grant_took_over_stays(prod: AwsWorld) -> None:
    prod.site(CLUSTER_TAG).create(CLUSTER_TAG, MARK)
    live = seen(prod, CLUSTER_TAG)
    assert live is not None
    prod.site(CLUSTER_TAG).update(live, CLUSTER_TAG, Mark("globex"))
    with pytest.raises(LeastwayError, match="no longer carries the mark"):
        prod.site(CLUSTER_TAG).delete(live)
    assert cluster_tags(prod)["Humanitec"] == "true"


def test_what_eks_fills_in_is_no_difference(prod: AwsWorld) -> None:
    bare = AccessEntry(PROD, ROLE.arn)
    prod.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE.arn)
    told = prod.client("eks").describe_access_entry(clusterName="prod", principalArn=ROLE.arn)["accessEntry"]
    assert told["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/{{{{SessionName}}}}"
    observed = seen(prod, bare)
    assert observed is not None
    assert observed.object == bare


def test_a_principal_that_eks_does_not_know_yet_is_worth_trying_again(aws: AwsWorld) -> None:
    with pytest.raises(NotThereYetError, match="invalid principal"):
        aws.site(ENTRY).create(ENTRY, MARK)


def test_an_entry_that_is_still_going_away_is_worth_trying_again(prod: AwsWorld) -> None:
    prod.sandbox.control.fail("eks:CreateAccessEntry", "ResourceInUseException")
    with pytest.raises(NotThereYetError, match="still going away"):
        prod.site(ENTRY).create(ENTRY, MARK)
    prod.site(ENTRY).create(ENTRY, MARK)


def test_an_entry_is_changed_in_place(prod: AwsWorld) -> None:
    prod.site(ENTRY).create(ENTRY, MARK)
    live = seen(prod, ENTRY)
    assert live is not None
    prod.writes()
    prod.site(ENTRY).update(live, replace(ENTRY, groups=frozenset({"readers"})), MARK)
    assert prod.writes() == ["eks:UpdateAccessEntry"]


def test_a_policy_is_not_associated_with_an_entry_of_somebody_else(prod: AwsWorld) -> None:
    prod.by_hand(ENTRY)
    with pytest.raises(LeastwayError, match="not this grant's") as caught:
        prod.site(ASSOCIATION).create(ASSOCIATION, MARK)
    assert "--adopt" in (caught.value.fix or "")
    assert seen(prod, ASSOCIATION) is None


def test_the_policies_of_a_marked_entry_are_all_ours(prod: AwsWorld) -> None:
    prod.site(ENTRY).create(ENTRY, MARK)
    by_hand = replace(ASSOCIATION, policy=EDIT)
    prod.by_hand(by_hand)
    found = prod.site(ENTRY).observe([ENTRY], "acme").objects
    assert found[by_hand.address] == Observed(by_hand, MARK)


def test_an_entry_of_a_stack_names_its_owner(prod: AwsWorld) -> None:
    prod.client("eks").create_access_entry(clusterName="prod", principalArn=ROLE.arn, tags={"managed-by": "opentofu"})
    observed = seen(prod, ENTRY)
    assert observed is not None
    assert str(observed.owner) == "OpenTofu"


def test_a_cluster_without_entries_is_not_asked_for_them(aws: AwsWorld) -> None:
    entry = replace(ENTRY, place=LEGACY)
    aws.sandbox.control.journal(clear=True)
    assert seen(aws, entry) is None
    actions = {call.action for call in aws.sandbox.control.journal()}
    assert "ListAccessEntries" not in actions
    with pytest.raises(LeastwayError, match="authentication mode"):
        aws.site(entry).create(entry, MARK)


def test_other_principals_entries_are_not_even_read(prod: AwsWorld) -> None:
    prod.sandbox.control.journal(clear=True)
    assert prod.site(ENTRY).observe([], "acme").objects == {}
    actions = [call.action for call in prod.sandbox.control.journal()]
    assert "ListAccessEntries" in actions
    assert "DescribeAccessEntry" not in actions  # the engineer's own is there


def test_a_site_of_a_cluster_that_does_not_exist_is_an_error_and_not_empty(aws: AwsWorld) -> None:
    gone = replace(CLUSTER_TAG, place=Place(ACCOUNT, REGION, "gone"))
    with pytest.raises(LeastwayError, match="there is no cluster gone in eu-central-1"):
        aws.site(gone).observe([gone], "acme")


def test_what_discovery_may_not_see_is_unreadable_and_says_what_to_permit(aws: AwsWorld) -> None:
    aws.sandbox.control.fail("eks:DescribeCluster", "AccessDeniedException")
    found = aws.sites.discover([PROD])[PROD]
    assert isinstance(found, Unreadable)
    assert "DescribeCluster" in found.reason
    assert "docs/permissions.md" in found.fix


def test_an_observation_right_after_discovery_does_not_ask_the_cluster_again(aws: AwsWorld) -> None:
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


def test_a_few_operations_of_an_account_are_under_way_at_once(aws: AwsWorld) -> None:
    aws.sandbox.control.throttle("eks:*", rate=50)
    many: Any = aws.sites.discover([PROD, LEGACY] * 20)
    assert not [fact for fact in many.values() if isinstance(fact, Unreadable)]


def test_throttling_is_waited_out(aws: AwsWorld) -> None:
    aws.sandbox.control.throttle("eks:*", every=2)
    assert not isinstance(aws.sites.discover([PROD])[PROD], Unreadable)
