"""Sightings of boundaries on the grant's roles and of foreign roles, from observations."""

from dataclasses import replace

import pytest

from leastway.compiler import compile_grant
from leastway.estate import Address, Kind, Observed, OtherAccess, Place, Role, Sighting, TrustingRole, Way, Weight
from leastway.policy import Document, PolicyKind
from leastway.ports import Observation
from leastway.proof import of_no_other_grant, sightings
from tests.unit.compiler.conftest import ACCOUNT, EXTERNAL_IDS, S3_ROLE, grant_of
from tests.unit.policy.prove.policies import Json, allow, document, trust

HERE = Place(ACCOUNT)
GRANT = grant_of(roles=(S3_ROLE,))
CORP = f"arn:aws:iam::{ACCOUNT}:policy/corp"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/other"
PLATFORM = str(GRANT.platform.principal)


def sightings_of(other_access: OtherAccess, *, boundary: str = "") -> list[Sighting]:
    """Return the sightings if the grant's role is installed with `boundary`."""
    estate = compile_grant(GRANT, {}, EXTERNAL_IDS).estate
    (role,) = [one for one in estate if isinstance(one, Role)]
    seen = Observation({role.address: Observed(replace(role, boundary=boundary))}, other_access=other_access)
    return list(sightings(GRANT, EXTERNAL_IDS, estate, seen))


def boundary_of(action: str) -> Document:
    return document(allow(action), kind=PolicyKind.BOUNDARY)


@pytest.mark.parametrize(
    ("documents", "weight"),
    [
        ({CORP: boundary_of("s3:*")}, Weight.REMARK),
        ({CORP: boundary_of("ec2:*")}, Weight.DIFFERS),
        ({}, Weight.UNKNOWN),
    ],
    ids=["allows the needs", "denies a need", "was not read"],
)
def test_a_boundary_is_weighed_by_the_needs_that_it_denies(documents: dict[str, Document], weight: Weight) -> None:
    (one,) = sightings_of(OtherAccess(documents=documents), boundary=CORP)
    assert (one.place, one.way, one.name, one.weight) == (HERE, Way.BOUNDARY, "role humanitec-s3", weight)
    assert CORP in one.text
    assert bool(one.fix) is (weight is not Weight.REMARK)


def test_the_reason_why_a_boundary_was_not_read_is_reported() -> None:
    (one,) = sightings_of(OtherAccess(unread={CORP: "access denied"}), boundary=CORP)
    assert one.text.endswith("is unknown: access denied")


def test_nothing_is_reported_without_other_access() -> None:
    assert sightings_of(OtherAccess()) == []


def other(statement: Json, **known: str) -> TrustingRole:
    return TrustingRole(HERE, OTHER, document(statement, kind=PolicyKind.TRUST), **known)


def test_a_foreign_role_is_reported_if_it_admits_the_platform() -> None:
    (one,) = sightings_of(OtherAccess(trusting_roles=(other(trust({"AWS": PLATFORM})),)))
    assert (one.way, one.name, one.weight) == (Way.TRUST, "role other", Weight.DIFFERS)
    assert one.text == f"the grant does not name it, and {PLATFORM} can assume it"
    admin = {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}}
    assert sightings_of(OtherAccess(trusting_roles=(other(trust("*", admin)),))) == []


@pytest.mark.parametrize(
    ("unique_id", "claimed_by", "is_left"),
    [("AROA1", "globex", False), ("AROA2", "globex", True), ("", "globex", True), ("AROA1", "", True)],
)
def test_a_role_belongs_to_another_grant_if_the_store_recorded_its_creation(
    unique_id: str, claimed_by: str, is_left: bool
) -> None:
    role = other(trust({"AWS": PLATFORM}), unique_id=unique_id, claimed_by=claimed_by)
    made = {"globex": {Address(HERE, Kind.ROLE, "other"): "AROA1"}}
    left = of_no_other_grant(OtherAccess(trusting_roles=(role,)), lambda grant: made.get(grant, {}))
    assert left.trusting_roles == ((role,) if is_left else ())
