"""Whether policies can be used to get more access than they state."""

import pytest

from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Proved, Refuted, cannot_widen
from tests.unit.policy.prove.policies import Json, allow, document
from tests.unit.policy.prove.published import TAGGED, USER, user_policy


@pytest.mark.parametrize(
    "statement",
    [
        allow("iam:AttachUserPolicy", USER),
        allow("iam:*", "arn:aws:iam::111122223333:policy/HumanitecSaaS"),
        allow("iam:PassRole", "arn:aws:iam::*:role/humanitec*"),
        allow("iam:Delete*Boundary"),
        allow("eks:CreateAccessEntry", "*", TAGGED),
        allow("eks:TagResource", "*"),
        allow(None, NotAction=["s3:*", "ec2:*"]),
    ],
)
def test_a_statement_that_widens_access_is_refuted(statement: Json, catalog: Catalog) -> None:
    policies = PolicySet(identity=(user_policy(statement),))
    assert isinstance(cannot_widen(USER, PolicySet(identity=(user_policy(),)), catalog=catalog), Proved)
    verdict = cannot_widen(USER, policies, catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert verdict.counterexample.allowed_by is not None
    assert verdict.counterexample.allowed_by.index == 3


@pytest.mark.parametrize(
    ("statement", "tagging"),
    [
        (allow("rds:StopDBInstance", "*", {"StringEquals": {"rds:db-tag/team": "a"}}), "rds:AddTagsToResource"),
        (allow("s3:GetObject", "*", {"StringEquals": {"s3:ExistingObjectTag/team": "a"}}), "s3:PutObjectTagging"),
        (allow("ssm:GetParameter", "*", {"StringEquals": {"ssm:resourceTag/team": "a"}}), "ssm:AddTagsToResource"),
    ],
)
def test_setting_a_tag_that_permissions_depend_on_widens_access_for_any_key_name(
    statement: Json, tagging: str, catalog: Catalog
) -> None:
    by_tag, setting = document(statement), document(allow(tagging))
    assert isinstance(cannot_widen(USER, PolicySet(identity=(by_tag,)), catalog=catalog), Proved)
    assert isinstance(cannot_widen(USER, PolicySet(identity=(setting,)), catalog=catalog), Proved)
    assert isinstance(cannot_widen(USER, PolicySet(identity=(by_tag, setting)), catalog=catalog), Refuted)
