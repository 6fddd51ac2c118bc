"""What went wrong is shown as it was said, once, and with what to do next."""

import io

import pytest
from rich.console import Console

from leastway.app.open_grant import OpenGrant
from leastway.app.planning import make_plan
from leastway.app.states import PlaceState, State
from leastway.cli.rehearsal import Stage
from leastway.cli.render.states import print_states
from leastway.estate import Place
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
