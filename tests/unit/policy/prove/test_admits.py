"""Does a trust policy admit only the principal, with an external id, from the listed addresses?"""

import pytest

from leastway.policy import Document, PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.prove import Proved, Refuted, Verdict, admits_only
from tests.unit.policy.prove.policies import document, trust
from tests.unit.policy.prove.published import ADDRESSES, EXTERNAL_ID, ID, PLATFORM, ROLE, USER, role_trust


def judged(
    role: Document,
    catalog: Catalog,
    *,
    by: str = USER,
    ids: tuple[str, ...] = (EXTERNAL_ID,),
    addresses: tuple[str, ...] = ADDRESSES,
) -> Verdict:
    return admits_only(role, by, external_ids=ids, addresses=addresses, role_arn=ROLE, catalog=catalog)


@pytest.mark.parametrize("principal", [USER, PLATFORM], ids=["own account", "another account"])
def test_a_trust_policy_for_only_the_principal_is_proved(principal: str, catalog: Catalog) -> None:
    assert isinstance(judged(role_trust(principal), catalog, by=principal), Proved)


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (role_trust(PLATFORM), "another principal"),
        (role_trust(USER, {"StringEquals": {"sts:ExternalId": "another"}}), "another external id"),
        (role_trust(USER, {"StringEqualsIfExists": ID}), "external id may be absent"),
        (role_trust("111122223333"), "the whole account"),
        (document(trust({"AWS": USER}, {"StringEquals": ID}), kind=PolicyKind.TRUST), "any address"),
    ],
)  # fmt: skip
def test_a_trust_policy_that_admits_others_is_refuted(role: Document, name: str, catalog: Catalog) -> None:
    verdict = judged(role, catalog)
    assert isinstance(verdict, Refuted), name
    assert verdict.counterexample is not None
    assert verdict.counterexample.request.resource == ROLE


def test_all_listed_external_ids_and_no_others_may_be_accepted(catalog: Catalog) -> None:
    either = role_trust(USER, {"StringEquals": {"sts:ExternalId": [EXTERNAL_ID, "the-one-before"]}})
    assert isinstance(judged(either, catalog, ids=(EXTERNAL_ID, "the-one-before")), Proved)
    assert isinstance(judged(either, catalog), Refuted)


def test_a_trust_policy_that_admits_nobody_is_proved(catalog: Catalog) -> None:
    never = {"StringEquals": ID, "Null": {"sts:ExternalId": "true"}}
    assert isinstance(judged(role_trust(USER, never), catalog), Proved)


def test_without_an_external_id_or_an_address_nobody_may_be_admitted(catalog: Catalog) -> None:
    assert isinstance(judged(role_trust(USER), catalog, ids=()), Refuted)
    assert isinstance(judged(role_trust(USER), catalog, addresses=()), Refuted)
