"""The policies that a platform publishes stay within the access that it promises, and more access is refuted."""

import time

from leastway.policy import Document, PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Counterexample, Proved, Refuted, Verdict, cannot_widen, compare
from tests.unit.policy.prove.policies import allow, document
from tests.unit.policy.prove.published import ADDRESSES, BUCKETS, CLUSTER_ACTIONS, ROLE, USER, outside, user_policy

BOUNDARY = (user_policy(kind=PolicyKind.BOUNDARY),)
PROMISED = PolicySet(
    identity=(
        document(
            allow(CLUSTER_ACTIONS, "arn:*:eks:*:*:*", {"StringEquals": {"aws:ResourceTag/Humanitec": "true"}}),
            allow("sts:AssumeRole", "arn:aws:iam::*:role/humanitec*"),
            allow("s3:*", "arn:aws:s3:::humanitec-*"),
            outside(),
        ),
    )
)


def beyond(arn: str, catalog: Catalog, *policies: Document, boundary: tuple[Document, ...] = ()) -> Verdict:
    return compare(PolicySet(identity=policies, boundary=boundary), PROMISED, caller=arn, catalog=catalog)


def shown(verdict: Verdict) -> Counterexample:
    assert isinstance(verdict, Refuted), verdict
    assert verdict.counterexample is not None
    return verdict.counterexample


def test_the_published_user_and_role_stay_within_the_promised_access(catalog: Catalog) -> None:
    assert isinstance(beyond(USER, catalog, user_policy(), boundary=BOUNDARY), Proved)
    assert isinstance(beyond(ROLE, catalog, BUCKETS), Proved)
    assert isinstance(cannot_widen(ROLE, PolicySet(identity=(BUCKETS,)), catalog=catalog), Proved)


def test_the_published_policy_is_proved_within_a_second(catalog: Catalog) -> None:
    start = time.process_time()
    policies = PolicySet(identity=(user_policy(),), boundary=BOUNDARY)
    verdicts = [beyond(USER, catalog, user_policy(), boundary=BOUNDARY), cannot_widen(USER, policies, catalog=catalog)]
    assert time.process_time() - start < 1
    assert all(isinstance(verdict, Proved) for verdict in verdicts)


def test_access_beyond_the_promise_is_refuted(catalog: Catalog) -> None:
    wider = user_policy(allow("s3:GetObject", "arn:aws:s3:::payroll/*"))
    request = shown(beyond(USER, catalog, wider)).request
    assert (request.action, request.resource) == ("s3:GetObject", "arn:aws:s3:::payroll/a")
    assert request.context["aws:sourceip"] in {address.partition("/")[0] for address in ADDRESSES}


def test_a_permissions_boundary_limits_additional_access(catalog: Catalog) -> None:
    assert isinstance(beyond(USER, catalog, user_policy(allow("s3:*")), boundary=BOUNDARY), Proved)


def test_an_unlisted_address_is_refuted(catalog: Catalog) -> None:
    wider = (*ADDRESSES, "203.0.113.0/24")
    policy = document(allow("s3:CreateBucket", "arn:aws:s3:::humanitec-*"), outside(wider))
    context = shown(beyond(ROLE, catalog, policy)).request.context
    assert str(context["aws:sourceip"]).startswith("203.0.113.")
