"""`plan --out`, `apply PLAN` and `plan --markdown` on the command line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from leastway.app.open_grant import OpenGrant
from leastway.cli.render.markdown import plan_markdown
from leastway.estate import Address, Kind, Note, Place, Role, Sighting, Unreadable, Way
from leastway.grant import GrantError, load_grant
from leastway.ports.memory import MemorySites
from leastway.reconcile import Change, ChangeAction, Plan
from tests.unit.cli.conftest import Run
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE

HOSTILE = "x ``` ```` </details><img src=y> @everyone [a](http://b) \x1b[2J\n# FORGED"
PLACE = Place(ACCOUNT)
ROLE = Address(PLACE, Kind.ROLE, S3_ROLE.name)


def test_a_saved_plan_is_applied_and_can_be_applied_again(run: Run, sites: MemorySites) -> None:
    code, out, _ = run("plan", "--out", "plan.json")
    assert code == 3
    assert out.endswith("Saved to plan.json. To do exactly this: leastway apply plan.json\n")
    assert not sites.objects
    code, out, err = run("apply", "plan.json", "--yes")
    assert code == 0
    assert "plan.json is a saved plan of grant.yaml, made at 2026-01-01T00:00:" in err
    assert " done, 0 failed" in out
    code, out, _ = run("apply", "plan.json", "--yes")
    assert (code, "Nothing to do" in out) == (0, True)


def test_a_saved_plan_asks_before_it_is_applied(run: Run, sites: MemorySites) -> None:
    run("plan", "--out", "plan.json")
    code, _, err = run("apply", "plan.json")
    assert code == 2
    assert "--yes" in err
    assert not sites.objects


def test_a_saved_plan_in_place_of_a_grant_is_recognized(run: Run) -> None:
    run("plan", "--out", "plan.json")
    with pytest.raises(GrantError) as refused:
        load_grant(Path("plan.json"))
    assert [problem.rule for problem in refused.value.problems] == ["not-a-grant"]
    assert "leastway apply" in refused.value.problems[0].fix


def test_json_stays_json_when_the_plan_is_saved_and_applied(run: Run) -> None:
    code, out, err = run("plan", "--json", "--out", "plan.json")
    assert code == 3
    assert json.loads(out)["clean"] is False
    assert "Saved to plan.json" in err
    code, out, err = run("apply", "plan.json", "--yes", "--json")
    assert code == 0
    assert {one["outcome"] for one in json.loads(out)["results"]} == {"done"}


def test_an_outdated_plan_is_refused_and_names_what_changed(run: Run, sites: MemorySites) -> None:
    run("apply", "--yes")
    live = sites.objects[ROLE]
    assert isinstance(live.object, Role)
    sites.objects[ROLE] = replace(live, object=replace(live.object, max_session=7200))
    run("plan", "--out", "plan.json")
    sites.objects[ROLE] = replace(live, object=replace(live.object, max_session=7201))
    code, out, err = run("apply", "plan.json", "--yes")
    assert (code, out) == (1, "")
    assert f"  {ROLE}: it changed since the plan was made (max_session)\n" in err
    assert "  make a new plan and look at it: leastway plan grant.yaml --out plan.json\n" in err
    assert sites.objects[ROLE].object == replace(live.object, max_session=7201)


@pytest.mark.parametrize(
    "words", [["--adopt"], ["--trust-marks"], ["--finish"], ["--account", "1*"], ["--external-ids", "live"]]
)
def test_options_of_the_plan_are_not_given_to_its_apply(run: Run, sites: MemorySites, words: list[str]) -> None:
    run("plan", "--out", "plan.json")
    code, _, err = run("apply", "plan.json", "--yes", *words)
    assert code == 2
    assert "give options that change the plan to `leastway plan --out`" in err
    assert not sites.objects


def test_the_grant_that_the_plan_names_is_opened(
    run: Run, open_grant: OpenGrant, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[Path] = []

    @contextmanager
    def opened(path: Path, **_: Any) -> Iterator[OpenGrant]:
        named.append(path)
        yield replace(open_grant, grant=replace(open_grant.grant, source=path))

    monkeypatch.setattr("leastway.app.wiring.opened", opened)
    Path("here").mkdir()
    Path("here/acme.yaml").touch()
    run("plan", "here/acme.yaml", "--out", "plan.json")
    run("apply", "plan.json", "--yes")
    assert named == [Path("here/acme.yaml")] * 2


@pytest.mark.parametrize("name", ["link.json", "folder"])
def test_a_plan_is_not_written_through_a_link_or_over_a_folder(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link.json").symlink_to("target")
    (tmp_path / "folder").mkdir()
    assert run("plan", "--out", name)[0] in (1, 2)
    assert (tmp_path / "target").read_text() == "kept"


def test_markdown_and_json_are_exclusive(run: Run) -> None:
    code, _, err = run("plan", "--markdown", "--json")
    assert code == 2
    assert "choose --markdown or --json" in err


def test_markdown_shows_the_plan_and_nothing_else_on_standard_output(run: Run) -> None:
    code, out, err = run("plan", "--markdown", "--out", "plan.json", "--cluster", "api")
    assert code == 3
    assert out.startswith("### leastway plan: `acme`\n\nPlan: ")
    assert "Not included: 2 clusters, 1 role of the grant." in out
    assert "\n+ create user humanitec\n" in out
    assert "Saved to" in err
    tokens = MarkdownIt().parse(out)
    assert [token.info for token in tokens if token.type == "fence"] == ["diff", "text"]


def test_hostile_names_stay_inside_the_fences_of_the_markdown() -> None:
    role = Address(PLACE, Kind.ROLE, HOSTILE)
    plan = Plan(
        "acme",
        (
            Change(role, ChangeAction.STRAY, HOSTILE, fix=HOSTILE),
            Change(ROLE, ChangeAction.UNKNOWN, HOSTILE),
        ),
        (Unreadable(role, HOSTILE, HOSTILE),),
        (Sighting(PLACE, Way.TRUST, HOSTILE, HOSTILE),),
    )
    text = plan_markdown(plan, [Note(HOSTILE, HOSTILE)])
    assert all(character.isprintable() or character == "\n" for character in text)
    tokens = MarkdownIt().parse(text)
    fences = [token for token in tokens if token.type == "fence"]
    assert len(fences) == 2
    assert sum(token.content.count("@everyone") for token in fences) == text.count("@everyone") > 5
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert html == ["<details><summary>Notes (1)</summary>", "</details>"]
    assert next(token.content for token in tokens if token.type == "inline") == "leastway plan: `acme`"


def test_a_plan_that_is_too_long_for_a_comment_is_cut() -> None:
    changes = tuple(
        Change(Address(PLACE, Kind.ROLE, f"humanitec-{number}"), ChangeAction.BLOCKED, "x" * 50)
        for number in range(3000)
    )
    text = plan_markdown(Plan("acme", changes))
    assert len(text) < 65_536
    assert "more lines: run `leastway plan` to see them." in text
    assert "3000 blocked" in text


@pytest.mark.parametrize(("changes", "notes"), [(3000, 3000), (3000, 1), (1, 3000)])
@pytest.mark.parametrize("line", ["x" * 50, "`" * 3000])
def test_changes_and_notes_are_cut_to_the_length_of_one_comment(changes: int, notes: int, line: str) -> None:
    planned = (Change(Address(PLACE, Kind.ROLE, f"h-{n}"), ChangeAction.BLOCKED, line) for n in range(changes))
    text = plan_markdown(Plan("acme", tuple(planned)), [Note(f"place {n}", line, is_unsafe=True) for n in range(notes)])
    assert len(text) < 65_536
    fences = [token.content for token in MarkdownIt().parse(text) if token.type == "fence"]
    assert "h-0" in fences[0]
    assert "place 0" in fences[1]
