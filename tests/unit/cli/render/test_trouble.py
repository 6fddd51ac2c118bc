"""What went wrong is shown as it was said, once, and with what to do next."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from leastway.app.open_grant import OpenGrant
from leastway.app.planning import make_plan
from leastway.app.states import PlaceState, State
from leastway.cli.rehearsal import Stage
from leastway.cli.render.applied import print_applied
from leastway.cli.render.states import print_states
from leastway.custody import FirstKeys
from leastway.estate import Place, Realm
from leastway.ports.memory import MemorySites
from leastway.reconcile import Applied, Outcome, Result
from tests.unit.app.conftest import grant, sites, work

__all__ = ["grant", "sites", "work"]

ACCOUNT = "111122223333"


def test_why_a_state_is_unknown_is_a_line_of_its_own_with_its_brackets() -> None:
    out = io.StringIO()
    why = "may not iam:ListRoles [request d77561d4] [/odd]"
    print_states(Console(file=out, width=40), [PlaceState(Place(ACCOUNT), State.UNKNOWN, None, {}, why)])
    assert out.getvalue().splitlines()[-1] == f"? {ACCOUNT}  {why}"


def test_a_rehearsal_shows_brackets_as_they_are(work: OpenGrant, capsys: pytest.CaptureFixture[str]) -> None:
    why = "throttled [request d77561d4] [/odd]"
    failed = Result(make_plan(work).plan.writes[0], Outcome.FAILED, why)
    Stage(quiet=False).applied(Applied((failed,)))
    assert why in " ".join(capsys.readouterr().out.split())


def test_what_could_not_be_read_is_counted_once_and_says_what_to_run(
    work: OpenGrant, sites: MemorySites, tmp_path: Path
) -> None:
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    planned = make_plan(work)
    left = {change.address for change in planned.plan.open}
    assert left > {problem.where for problem in planned.plan.unreadable}, "nobody unread is let into a cluster"
    out = io.StringIO()
    print_applied(Console(file=out, width=40), planned, Applied(()), FirstKeys(tmp_path))
    assert out.getvalue().splitlines() == [
        "0 done, 0 failed, 0 skipped.",
        f"{len(left)} left as they are: they are blocked, another tool's, or could not be read (see above).",
        "Run the same command again: it goes on from here.",
    ]


def test_a_failure_names_its_object_once(work: OpenGrant, tmp_path: Path) -> None:
    planned = make_plan(work)
    change = planned.plan.writes[0]
    out = io.StringIO()
    failed = Result(change, Outcome.FAILED, f"{change.address}: CreatePolicy was throttled")
    print_applied(Console(file=out), planned, Applied((failed,)), FirstKeys(tmp_path))
    assert out.getvalue().splitlines()[0] == f"FAILED {change.address}: CreatePolicy was throttled"
