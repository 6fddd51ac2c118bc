"""Whether some request is allowed: if none is, the claim is refuted without a counterexample."""

from leastway.policy import Document, PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Proved, Refuted, Verdict, possible
from tests.unit.policy.prove.policies import allow, document
from tests.unit.policy.prove.published import BUCKETS, ID, ROLE, TAGGED, USER, role_trust, user_policy

PUBLISHED = PolicySet(identity=(user_policy(),), boundary=(user_policy(kind=PolicyKind.BOUNDARY),))


def can_assume(by: str, trust: Document, catalog: Catalog, *own: Document) -> Verdict:
    policies = PolicySet(identity=own, resource=trust)
    return possible(
        policies, document(allow("sts:AssumeRole", ROLE)), by=by, resource_account="111122223333", catalog=catalog
    )


def test_an_allowed_request_is_returned_as_example(catalog: Catalog) -> None:
    verdict = possible(PUBLISHED, document(allow("eks:DescribeCluster", "*", TAGGED)), by=USER, catalog=catalog)
    assert isinstance(verdict, Proved)
    assert verdict.example is not None
    assert verdict.example.request.context["aws:resourcetag/humanitec"] == "true"
    buckets = possible(PolicySet(identity=(BUCKETS,)), document(allow("s3:CreateBucket")), by=ROLE, catalog=catalog)
    assert isinstance(buckets, Proved)


def test_an_impossible_request_is_refuted_without_counterexample(catalog: Catalog) -> None:
    verdict = possible(PUBLISHED, document(allow("eks:ListClusters")), by=USER, catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is None


def test_a_role_can_be_assumed_by_the_principal_that_it_admits(catalog: Catalog) -> None:
    assert isinstance(can_assume(USER, role_trust(USER), catalog, user_policy()), Proved)


def test_a_role_that_admits_nobody_cannot_be_assumed(catalog: Catalog) -> None:
    never = {"StringEquals": ID, "Null": {"sts:ExternalId": "true"}}
    assert isinstance(can_assume(USER, role_trust(USER, never), catalog, user_policy()), Refuted)


def test_a_principal_without_policies_cannot_assume_a_role_of_another_account(catalog: Catalog) -> None:
    nothing = Document(PolicyKind.IDENTITY, ())
    other = "arn:aws:iam::444455556666:user/x"
    assert isinstance(can_assume(other, role_trust(USER), catalog, nothing), Refuted)
    assert isinstance(can_assume(other, role_trust(other), catalog, nothing), Refuted)


def test_get_caller_identity_needs_no_permission(catalog: Catalog) -> None:
    like = document(allow("sts:GetCallerIdentity"))
    assert isinstance(possible(PolicySet(identity=(user_policy(),)), like, by=USER, catalog=catalog), Proved)
