"""Other access of the platform in plans and statuses: permissions boundaries, and what the sites report."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.status import status_of
from leastway.cli import verdicts
from leastway.cli.render.plan import print_plan
from leastway.errors import ExitCode, LeastwayError
from leastway.estate import (
    Address,
    Kind,
    OtherAccess,
    Place,
    Realm,
    Role,
    Sighting,
    TrustingRole,
    Watch,
    Way,
    Weight,
)
from leastway.ports import Observation, Site
from leastway.ports.memory import MemorySites
from leastway.proof import Look
from leastway.reconcile import ChangeAction, Status, observe
from tests.unit.compiler.conftest import ACCOUNT
from tests.unit.reconcile.conftest import document, trust

HERE = Place(ACCOUNT)
API = Place(ACCOUNT, "eu-central-1", "api")
CORP = f"arn:aws:iam::{ACCOUNT}:policy/corp"
USER = f"arn:aws:iam::{ACCOUNT}:user/humanitec"


def installed(open_grant: OpenGrant) -> None:
    assert apply_plan(open_grant, make_plan(open_grant)).is_complete


def bound(sites: MemorySites, arn: str = CORP) -> None:
    for address, observed in sites.objects.items():
        if isinstance(observed.object, Role):
            sites.objects[address] = replace(observed, object=replace(observed.object, boundary=arn))


@pytest.mark.parametrize(
    ("allows", "weight", "code", "state"),
    [
        ("s3:*", Weight.REMARK, ExitCode.DONE, Status.AS_EXPECTED),
        ("ec2:*", Weight.DIFFERS, ExitCode.NEGATIVE, Status.DIFFERS),
        ("", Weight.UNKNOWN, ExitCode.UNKNOWN, Status.UNKNOWN),
    ],
)
def test_a_boundary_weighs_by_how_much_of_the_grant_it_allows(
    open_grant: OpenGrant, sites: MemorySites, allows: str, weight: Weight, code: ExitCode, state: Status
) -> None:
    installed(open_grant)
    bound(sites)
    if allows:
        sites.documents[CORP] = document(allows)
    planned = make_plan(open_grant)
    (sighting,) = planned.plan.sightings
    assert (sighting.way, sighting.name, sighting.weight) == (Way.BOUNDARY, "role humanitec-s3", weight)
    assert CORP in sighting.text
    assert not planned.plan.writes, "apply must not remove the boundary"
    assert verdicts.of_plan(planned.plan) is code
    assert {one.place: one.status for one in status_of(open_grant, planned)}[HERE] is state


def test_an_update_keeps_a_boundary(open_grant: OpenGrant, sites: MemorySites) -> None:
    installed(open_grant)
    bound(sites)
    sites.documents[CORP] = document("s3:*")
    for address, observed in sites.objects.items():
        if isinstance(observed.object, Role):
            sites.objects[address] = replace(observed, object=replace(observed.object, description="another"))
    planned = make_plan(open_grant)
    assert [change.action for change in planned.plan.writes] == [ChangeAction.UPDATE]
    assert [one.field for one in planned.plan.writes[0].differences] == ["description"]
    assert apply_plan(open_grant, planned).is_complete
    assert {one.object.boundary for one in sites.objects.values() if isinstance(one.object, Role)} == {CORP}


def test_plan_reports_a_boundary_that_denies_the_grant(open_grant: OpenGrant, sites: MemorySites) -> None:
    installed(open_grant)
    bound(sites)
    sites.documents[CORP] = document("ec2:*")
    out = io.StringIO()
    print_plan(Console(file=out, width=400), make_plan(open_grant).plan)
    output = out.getvalue().splitlines()
    assert output[0].startswith(f"! {ACCOUNT}  role humanitec-s3  its permissions boundary {CORP} denies")
    assert output[-1].startswith("Nothing to do, but not everything matches the grant (see above);")


def test_other_access_is_read_only_where_look_asks_for_it(open_grant: OpenGrant, sites: MemorySites) -> None:
    installed(open_grant)
    for realm, place in ((Realm.IAM, HERE), (Realm.EKS, API), (Realm.KUBERNETES, API)):
        name = realm.value
        sites.surroundings[realm, place] = OtherAccess((Sighting(place, Way.PASSWORD, name, "it is there"),))
    seen = {look: {one.name for one in make_plan(open_grant, look=look).plan.sightings} for look in Look}
    assert seen == {
        Look.NOWHERE: set(),
        Look.ACCOUNTS: {"iam"},
        Look.EVERYWHERE: {"iam", "eks", "kubernetes"},
    }
    found = {one.place: one for one in status_of(open_grant, make_plan(open_grant, look=Look.EVERYWHERE))}
    assert found[API].status is Status.DIFFERS
    assert [one.name for one in found[API].sightings] == ["eks", "kubernetes"]


@pytest.mark.parametrize(
    ("weight", "state"),
    [(Weight.REMARK, Status.AS_EXPECTED), (Weight.DIFFERS, Status.DIFFERS), (Weight.UNKNOWN, Status.UNKNOWN)],
)
def test_a_place_with_only_remarks_is_as_expected(
    open_grant: OpenGrant, sites: MemorySites, weight: Weight, state: Status
) -> None:
    installed(open_grant)
    sites.surroundings[Realm.IAM, HERE] = OtherAccess((Sighting(HERE, Way.USER, "user x", "it is there", weight),))
    planned = make_plan(open_grant, look=Look.EVERYWHERE)
    assert {one.place: one.status for one in status_of(open_grant, planned)}[HERE] is state
    assert planned.plan.is_clean is (weight is Weight.REMARK)


def test_other_access_is_unknown_only_in_a_cluster_that_cannot_be_opened(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    sites.broken.add((Realm.KUBERNETES, API))
    planned = make_plan(open_grant, look=Look.EVERYWHERE)
    (sighting,) = planned.plan.sightings
    assert (sighting.place, sighting.weight) == (API, Weight.UNKNOWN)
    assert sighting.text.startswith("not checked: ")
    assert sighting.text.endswith("no way in")
    assert not planned.plan.unreadable
    assert not planned.plan.open
    assert verdicts.of_plan(planned.plan) is ExitCode.UNKNOWN


def test_a_failed_look_keeps_what_was_observed(open_grant: OpenGrant, sites: MemorySites) -> None:
    installed(open_grant)

    class Failing:
        def __init__(self, site: Site) -> None:
            self._site = site

        def __getattr__(self, name: str) -> Any:
            return getattr(self._site, name)

        def other_access(self, watch: Watch, seen: Observation) -> OtherAccess:
            raise LeastwayError("throttled")

    class Sites(MemorySites):
        def site(self, realm: Realm, place: Place) -> Any:
            return Failing(super().site(realm, place))

    failing = Sites(sites.facts, sites.objects)
    watch = Watch(USER, frozenset(), "humanitec", ("humanitec",))
    found = observe(failing, "acme", {(Realm.IAM, HERE): ()}, workers=1, watches={(Realm.IAM, HERE): watch})
    assert found.objects
    assert not found.unreadable
    assert [one.text for one in found.other_access.sightings] == ["not checked: throttled"]


def test_a_role_outside_of_the_grant_is_reported_when_it_admits_the_platform(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    arn = f"arn:aws:iam::{ACCOUNT}:role/back-door"
    sites.surroundings[Realm.IAM, HERE] = OtherAccess(trusting_roles=(TrustingRole(HERE, arn, trust(USER)),))
    (sighting,) = make_plan(open_grant, look=Look.EVERYWHERE).plan.sightings
    assert (sighting.way, sighting.name, sighting.weight) == (Way.TRUST, "role back-door", Weight.DIFFERS)
    assert sighting.text == f"the grant does not name it, and {USER} can assume it"


@pytest.mark.parametrize(
    ("unique_id", "made", "is_reported"),
    [("AROA1", "AROA1", False), ("AROA2", "AROA1", True), ("", "AROA1", True), ("", "", True), ("AROA1", "", True)],
)
def test_a_role_of_another_grant_is_not_reported_when_the_store_knows_it(
    open_grant: OpenGrant, sites: MemorySites, unique_id: str, made: str, is_reported: bool
) -> None:
    installed(open_grant)
    arn = f"arn:aws:iam::{ACCOUNT}:role/humanitec-other"
    role = TrustingRole(HERE, arn, trust(USER), unique_id, "globex")
    sites.surroundings[Realm.IAM, HERE] = OtherAccess(trusting_roles=(role,))
    open_grant.store.remember_made("globex", {Address(HERE, Kind.ROLE, "humanitec-other"): made})
    planned = make_plan(open_grant, look=Look.EVERYWHERE)
    assert bool(planned.plan.sightings) is is_reported
    assert bool(planned.observation.other_access.trusting_roles) is is_reported
