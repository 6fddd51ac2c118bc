"""Whether some request is allowed at all: what is for nothing is refuted, without a request to show."""

from leastway.policy import Document, PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Proved, Refuted, Verdict, possible
from tests.unit.policy.prove.policies import allow, document
from tests.unit.policy.prove.published import BUCKETS, ID, ROLE, TAGGED, USER, role_trust, user_policy

PUBLISHED = PolicySet(identity=(user_policy(),), boundary=(user_policy(kind=PolicyKind.BOUNDARY),))


def taken(by: str, trust: Document, catalog: Catalog, *own: Document) -> Verdict:
    policies = PolicySet(identity=own, resource=trust)
    return possible(
        policies, document(allow("sts:AssumeRole", ROLE)), by=by, resource_account="111122223333", catalog=catalog
    )


def test_what_is_allowed_is_shown_by_a_request(catalog: Catalog) -> None:
    verdict = possible(PUBLISHED, document(allow("eks:DescribeCluster", "*", TAGGED)), by=USER, catalog=catalog)
    assert isinstance(verdict, Proved)
    assert verdict.example is not None
    assert verdict.example.request.context["aws:resourcetag/humanitec"] == "true"
    buckets = possible(PolicySet(identity=(BUCKETS,)), document(allow("s3:CreateBucket")), by=ROLE, catalog=catalog)
    assert isinstance(buckets, Proved)


def test_what_nothing_allows_is_refuted_without_a_request(catalog: Catalog) -> None:
    verdict = possible(PUBLISHED, document(allow("eks:ListClusters")), by=USER, catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is None


def test_a_role_is_taken_by_whom_it_lets_in(catalog: Catalog) -> None:
    assert isinstance(taken(USER, role_trust(USER), catalog, user_policy()), Proved)


def test_a_role_that_lets_in_nobody_is_no_use(catalog: Catalog) -> None:
    never = {"StringEquals": ID, "Null": {"sts:ExternalId": "true"}}
    assert isinstance(taken(USER, role_trust(USER, never), catalog, user_policy()), Refuted)


def test_a_principal_without_policies_can_take_no_role_of_another_account(catalog: Catalog) -> None:
    nothing = Document(PolicyKind.IDENTITY, ())
    other = "arn:aws:iam::444455556666:user/x"
    assert isinstance(taken(other, role_trust(USER), catalog, nothing), Refuted)
    assert isinstance(taken(other, role_trust(other), catalog, nothing), Refuted)


def test_who_one_is_needs_no_permission(catalog: Catalog) -> None:
    like = document(allow("sts:GetCallerIdentity"))
    assert isinstance(possible(PolicySet(identity=(user_policy(),)), like, by=USER, catalog=catalog), Proved)
