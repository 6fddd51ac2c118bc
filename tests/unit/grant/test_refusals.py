"""Refusals as cases: a change to a valid grant, and the problems that a person then sees.

A case in `tests/cases/grant/<rule>.yaml` changes the files of `tests/cases/grant/base` by replacing text, or contains
whole files; `expected` is the text of `diagnostics()` without its last line. The file is named after its rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leastway.grant import GrantError, load_grant
from tests.yaml_cases import cases_in

from .laying_out import CASES, lay_out

if TYPE_CHECKING:
    from pathlib import Path


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for case in cases_in(path):
            found.append(pytest.param(path.stem, case, id=f"{path.stem}: {case['case']}"))
    return found


def refused(grant: Path) -> GrantError:
    with pytest.raises(GrantError) as caught:
        load_grant(grant)
    return caught.value


@pytest.mark.parametrize(("rule", "case"), _cases())
def test_an_invalid_grant_is_refused_with_its_rule(rule: str, case: dict[str, Any], tmp_path: Path) -> None:
    error = refused(lay_out(case, tmp_path / "grant"))

    shown = error.diagnostics().rpartition("\n\n")[0].replace(f"{tmp_path / 'grant'}/", "")
    assert shown.splitlines() == case["expected"].splitlines()
    assert rule in {problem.rule for problem in error.problems}
    assert error.exit_code == 2


def test_the_base_of_the_cases_is_valid(tmp_path: Path) -> None:
    load_grant(lay_out({}, tmp_path / "grant"))
    load_grant(
        lay_out(
            {
                "change": {
                    "grant.yaml": {"platform: humanitec": "platform: platform.yaml", "humanitec-s3": "shipyard-s3"}
                }
            },
            tmp_path / "own",
        )
    )
