"""Which accounts, clusters and objects a run includes."""

from dataclasses import replace

import pytest

from leastway.compiler import scope_of
from leastway.errors import InvalidInputError
from leastway.estate import Address, Kind, Place
from leastway.grant import Grant, Identity
from leastway.primitives import AccountId
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, cluster, grant_of

OTHER = AccountId("444455556666")
PROD, TEST = (Place(ACCOUNT, "eu-central-1", name) for name in ("prod", "test"))
OTHER_PROD = Place(OTHER, "eu-central-1", "prod")
ROLE = Address(Place(ACCOUNT), Kind.ROLE, S3_ROLE.name)


def two_accounts(identity: Identity = Identity.TRUST_ROLE) -> Grant:
    grant = grant_of(cluster("prod"), cluster("test"), roles=(S3_ROLE,), identity=identity)
    (first,) = grant.accounts
    return replace(grant, accounts=(first, replace(first, id=OTHER, clusters=(cluster("prod"),))))


def test_everything_is_included_without_patterns() -> None:
    scope = scope_of(two_accounts(), (), ())
    assert scope.is_everything
    assert scope.includes(ROLE)
    assert scope.includes_place(Place("999988887777"))
    assert not scope.left_out


def test_an_account_is_included_with_its_clusters() -> None:
    scope = scope_of(two_accounts(), ["1111*"], ())
    assert scope.includes(ROLE)
    assert scope.includes_place(TEST)
    assert not scope.includes_place(OTHER_PROD)
    assert scope.left_out == (Place(OTHER),)
    assert [account.id for account in scope.narrowed(two_accounts()).accounts] == [ACCOUNT]


@pytest.mark.parametrize(
    ("identity", "included"),
    [
        (Identity.TRUST_ROLE, {(Kind.ROLE, f"humanitec-eks-access-{ACCOUNT}")}),
        (
            Identity.IAM_USER,
            {(Kind.USER, "humanitec"), (Kind.MANAGED_POLICY, "HumanitecSaaS"), (Kind.ACCESS_KEY, "humanitec")},
        ),
    ],
)
def test_a_cluster_is_included_with_the_principal_of_its_account(
    identity: Identity, included: set[tuple[Kind, str]]
) -> None:
    scope = scope_of(two_accounts(identity), (), [str(PROD)])
    assert scope.includes_place(PROD)
    assert not scope.includes_place(TEST)
    assert not scope.includes_place(Place(ACCOUNT))
    assert scope.principals == {Address(Place(ACCOUNT), kind, name) for kind, name in included}
    assert set(scope.left_out) == {Place(OTHER), TEST, ROLE}


def test_an_account_of_which_a_part_is_included_keeps_all_of_its_clusters() -> None:
    grant = two_accounts()
    scope = scope_of(grant, (), [str(PROD)])
    (account,) = scope.narrowed(grant).accounts
    assert [one.name for one in account.clusters] == ["prod", "test"]
    (requested,) = scope.requested(grant).accounts
    assert ([one.name for one in requested.clusters], requested.roles) == (["prod"], ())


def test_a_cluster_is_included_by_its_name_in_every_account_or_only_in_those_that_match() -> None:
    assert scope_of(two_accounts(), (), ["pr*"]).clusters == {PROD, OTHER_PROD}
    assert scope_of(two_accounts(), [OTHER], ["pr*"]).clusters == {OTHER_PROD}


def test_a_place_that_the_grant_no_longer_names_can_be_included() -> None:
    gone = Place(ACCOUNT, "eu-central-1", "gone")
    assert scope_of(two_accounts(), (), ["gone"], touched=[gone]).clusters == {gone}
    assert gone in scope_of(two_accounts(), (), ["prod"], touched=[gone]).left_out


@pytest.mark.parametrize(
    ("accounts", "clusters", "where", "known"),
    [
        (["1111*", "2222*"], [], "--account 2222*", f"{ACCOUNT}, {OTHER}"),
        ([], ["prod", "prd"], "--cluster prd", f"{PROD}, {TEST}, {OTHER_PROD}"),
        ([OTHER], ["test"], "--cluster test", str(OTHER_PROD)),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused_with_what_exists(
    accounts: list[str], clusters: list[str], where: str, known: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        scope_of(two_accounts(), accounts, clusters)
    assert caught.value.where == where
    assert caught.value.fix == f"the grant has: {known}"


def test_a_printed_address_is_included_with_its_place() -> None:
    scope = scope_of(two_accounts(), (), [str(PROD)])
    assert scope.includes_text(f"{PROD}/cluster-tag/Humanitec")
    assert not scope.includes_text(f"{PROD}-2/cluster-tag/Humanitec")
    assert not scope.includes_text(str(ROLE))
    assert scope_of(two_accounts(), [ACCOUNT], ()).includes_text(str(ROLE))
