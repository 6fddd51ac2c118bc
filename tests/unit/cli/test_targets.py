"""--account and --cluster on the command line: what a run leaves out is said, and exit codes are about the rest."""

import json
from dataclasses import replace
from typing import Any

import pytest

from leastway.app.open_grant import OpenGrant
from tests.unit.cli.conftest import Run

NOT_INCLUDED = "Not included: 2 clusters, 1 role of the grant."


def test_each_command_says_what_is_not_included(run: Run) -> None:
    target = ("--cluster", "api")
    code, out, _ = run("plan", *target)
    assert code == 3
    assert NOT_INCLUDED in out
    code, out, _ = run("apply", "--yes", *target)
    assert code == 0
    assert out.count(NOT_INCLUDED) == 2, "with the plan, and at the end"
    code, out, _ = run("plan", *target)
    assert code == 0
    assert "Nothing to do: everything that is included matches the grant" in out
    assert NOT_INCLUDED in out
    code, out, _ = run("status", *target)
    assert code == 0
    assert NOT_INCLUDED in out
    assert "both" not in out
    assert NOT_INCLUDED in run("verify", *target)[1]
    code, out, _ = run("offboard", "--yes", *target)
    assert code == 0
    assert "Nothing left in the places that were read" in out
    assert NOT_INCLUDED in out


def test_a_note_on_what_is_not_included_is_not_said(run: Run, open_grant: OpenGrant) -> None:
    (account,) = open_grant.grant.accounts
    assert "unsafe: 111122223333/eu-central-1/api: " not in run("plan")[1]
    dangerous = replace(account.clusters[0].access[0], unsafe_reason="the platform installs operators here")
    clusters = tuple(replace(one, access=(dangerous,)) if one.name == "api" else one for one in account.clusters)
    object.__setattr__(open_grant, "grant", replace(open_grant.grant, accounts=(replace(account, clusters=clusters),)))
    said = "unsafe: 111122223333/eu-central-1/api: "
    assert said in run("plan", "--cluster", "api")[1]
    assert said not in run("plan", "--cluster", "both")[1]


def test_json_lists_what_is_not_included(run: Run) -> None:
    def left_out(*words: str) -> Any:
        return json.loads(run(*words, "--json", "--cluster", "api")[1])

    expected = [f"111122223333/eu-central-1/{name}" for name in ("both", "map")] + ["111122223333/role/humanitec-s3"]
    assert left_out("plan")["not_included"] == expected
    assert left_out("status")["not_included"] == expected
    assert left_out("apply", "--yes")["plan"]["not_included"] == expected
    assert left_out("offboard", "--yes")["not_included"] == expected
    assert json.loads(run("plan", "--json")[1])["not_included"] == []
    assert json.loads(run("prove", "--json", "--account", "1111*")[1])["not_included"] == []
    _, out, err = run("verify", "--json", "--cluster", "api")
    assert json.loads(out)["not_included"] == expected
    assert NOT_INCLUDED in err


@pytest.mark.parametrize("command", ["plan", "apply", "verify", "status", "offboard"])
def test_a_target_that_matches_nothing_is_wrong_usage(run: Run, command: str) -> None:
    code, out, err = run(command, "--cluster", "apy")
    assert (code, out) == (2, "")
    assert "--cluster apy: no cluster of the grant matches" in err
    assert "111122223333/eu-central-1/api" in err
    assert run(command, "--account", "9*")[0] == 2


def test_proofs_are_about_accounts(run: Run) -> None:
    assert run("prove", "--cluster", "api")[0] == 2
    code, _, err = run("prove", "--account", "9*")
    assert code == 2
    assert "no account of the grant matches" in err
