"""Problems are printed unchanged, once, and with what to do next."""

import io
from collections.abc import Iterable
from dataclasses import replace

import pytest
from rich.console import Console

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.status import status_of
from leastway.cli.render.apply import print_applied
from leastway.cli.render.plan import print_plan
from leastway.cli.render.problems import group_lines, group_problems
from leastway.cli.render.rehearse import RehearsalDisplay
from leastway.cli.render.status import print_statuses
from leastway.errors import LeastwayError, in_words
from leastway.estate import Address, ClusterFacts, Kind, Place, Realm, Unreadable
from leastway.ports import Revoker, Site
from leastway.ports.memory import MemorySites
from leastway.reconcile import Applied, Outcome, PlaceStatus, Result, Status
from tests.unit.app.conftest import grant, open_grant, sites

__all__ = ["grant", "open_grant", "sites"]

ACCOUNT = "111122223333"


def test_the_reason_of_an_unknown_state_is_printed_with_its_brackets() -> None:
    out = io.StringIO()
    why = "may not iam:ListRoles [request d77561d4] [/odd]"
    print_statuses(Console(file=out, width=40), [PlaceStatus(Place(ACCOUNT), Status.UNKNOWN, None, {}, why)])
    assert out.getvalue().splitlines()[-1] == f"? {ACCOUNT}  {why}"


def test_a_rehearsal_prints_brackets_as_they_are(open_grant: OpenGrant, capsys: pytest.CaptureFixture[str]) -> None:
    why = "throttled [request d77561d4] [/odd]"
    failed = Result(make_plan(open_grant).plan.writes[0], Outcome.FAILED, why)
    RehearsalDisplay(quiet=False).applied(Applied((failed,)))
    assert why in " ".join(capsys.readouterr().out.split())


def test_unreadable_places_are_counted_once_with_what_to_run(open_grant: OpenGrant, sites: MemorySites) -> None:
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    planned = make_plan(open_grant)
    left = {change.address for change in planned.plan.open}
    assert left > {problem.where for problem in planned.plan.unreadable}, "an unread principal gets no access"
    out = io.StringIO()
    print_applied(Console(file=out, width=40), planned, Applied(()))
    assert out.getvalue().splitlines() == [
        "0 done, 0 failed, 0 skipped.",
        f"{len(left)} left unchanged: they are blocked, owned by another tool, or could not be read (see above).",
        "Follow the fixes above, then run the same command again to continue.",
    ]


def test_a_failure_names_its_object_once(open_grant: OpenGrant) -> None:
    planned = make_plan(open_grant)
    change = planned.plan.writes[0]
    out = io.StringIO()
    failed = Result(change, Outcome.FAILED, f"{change.address}: CreatePolicy was throttled")
    print_applied(Console(file=out), planned, Applied((failed,)))
    assert out.getvalue().splitlines()[0] == f"FAILED {change.address}: CreatePolicy was throttled"


def test_a_reason_that_affects_a_whole_account_is_printed_once(open_grant: OpenGrant, sites: MemorySites) -> None:
    why = LeastwayError("credential_process cannot be run", where="profile ci", fix="install it")
    refusing = RefusingSites(why)
    planned = make_plan(replace(open_grant, sites=refusing))
    shown, status = io.StringIO(), io.StringIO()
    print_plan(Console(file=shown, width=400), planned.plan)
    print_statuses(Console(file=status, width=400), status_of(open_grant, planned))
    assert shown.getvalue().count("credential_process") == 1
    assert status.getvalue().count("credential_process") == 1
    assert f"? {ACCOUNT}  profile ci: credential_process cannot be run\n    install it\n" in shown.getvalue()
    assert " unknown: " in shown.getvalue()


def test_failures_with_one_reason_are_grouped_with_their_objects(open_grant: OpenGrant) -> None:
    planned = make_plan(open_grant)
    changes = planned.plan.writes[:3]
    failed = tuple(Result(each, Outcome.FAILED, "the credentials have expired", "log in again") for each in changes)
    out = io.StringIO()
    print_applied(Console(file=out, width=400), planned, Applied(failed))
    assert out.getvalue().splitlines()[:5] == [
        f"FAILED 3 changes in {ACCOUNT}: the credentials have expired",
        "  log in again",
        *(f"  {each.address}" for each in changes),
    ]


class RefusingSites:
    """Sites that cannot be opened."""

    def __init__(self, error: LeastwayError) -> None:
        self.error = error

    def discover(self, places: Iterable[Place]) -> dict[Place, ClusterFacts | Unreadable]:
        return {place: Unreadable(place, *in_words(self.error)) for place in places}

    def site(self, realm: Realm, place: Place) -> Site:
        raise self.error

    def revoker(self, account: str) -> Revoker:
        raise self.error


def test_a_group_counts_its_objects_and_places_and_names_its_account_once() -> None:
    place = Place(ACCOUNT, "eu-central-1", "prod")
    user = Address(Place(ACCOUNT), Kind.USER, "humanitec")
    (group,) = group_problems(
        [(user, f"{ACCOUNT}: no AWS credentials", ""), (place, f"{ACCOUNT}: no AWS credentials", "")]
    )
    assert [line.plain for line in group_lines(group)] == [
        f"? {ACCOUNT}  no AWS credentials",
        f"    1 object and 1 place unknown: user humanitec, {place}",
    ]
