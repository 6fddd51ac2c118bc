"""A grant whose access may not be given can still be looked at and taken away, with the same problems as objections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leastway.grant import GrantError, Purpose, load_for, load_grant
from leastway.grant.purpose import _ABOUT_GIVING
from tests.yaml_cases import cases_in

from .laying_out import CASES, lay_out

if TYPE_CHECKING:
    from pathlib import Path

OF_FILES = {
    "file-outside-folder",
    "missing-file",
    "policy-arn",
    "policy-file",
    "policy-size",
    "rbac-rule",
    "unreadable-file",
}
OF_MEANING = {
    "file-outside-folder: a profile",
    "missing-file: a profile",
    "role-outside-prefix: a path in the name",
    "role-outside-prefix: a name without the prefix in a path field with the prefix",
    "role-outside-prefix: the access role of a profile",
}
"""Cases of these rules that leave open what the grant means: the platform is unknown, or the name of a role."""
OF_IDS = {
    "external-id: an external id for a platform with tokens",
    "external-id: an external id that the platform does not compose",
    "external-id: a role without an external id of its own",
    "external-id: no external id for a platform that makes it",
}
"""Cases of this rule that matter to whoever comes in, and not to keep the platform out."""
MEANING = ("duplicate-account", "duplicate-role", "external-id", "identity", "subject", "region", "yaml-syntax")


def cases_of(*rules: str) -> list[Any]:
    """Return the cases of the files of these rules."""
    named = {f"{rule}: {case['case']}": case for rule in rules for case in cases_in(CASES / f"{rule}.yaml")}
    return [pytest.param(case, id=name) for name, case in named.items() if name not in OF_MEANING | OF_IDS]


def refused(path: Path) -> GrantError:
    with pytest.raises(GrantError) as error:
        load_grant(path)
    return error.value


@pytest.mark.parametrize("case", cases_of(*sorted(_ABOUT_GIVING | OF_FILES)))
def test_it_can_be_taken_away_if_only_its_access_or_its_files_are_refused(case: dict[str, Any], tmp_path: Path) -> None:
    path = lay_out(case, tmp_path / "grant")
    problems = refused(path).problems
    grant, objections = load_for(path, Purpose.TAKE)
    assert objections == problems
    assert grant.name == "acme"


@pytest.mark.parametrize("name", sorted(OF_IDS))
def test_it_can_be_taken_away_if_the_platform_presents_another_external_id(name: str, tmp_path: Path) -> None:
    rule, _, title = name.partition(": ")
    (case,) = (one for one in cases_in(CASES / f"{rule}.yaml") if one["case"] == title)
    path = lay_out(case, tmp_path / "grant")
    problems = refused(path).problems
    assert load_for(path, Purpose.TAKE)[1] == problems
    with pytest.raises(GrantError):
        load_for(path, Purpose.LOOK)


def test_a_reason_that_is_none_counts_as_none(tmp_path: Path) -> None:
    """So that what Kubernetes has itself by the name of a reserved group is not taken for the platform's."""
    (case,) = (one for one in cases_in(CASES / "unsafe-reason.yaml") if one["case"] == "one word")
    grant, _ = load_for(lay_out(case, tmp_path / "grant"), Purpose.TAKE)
    assert {access.unsafe_reason for access in grant.accounts[0].clusters[0].access} == {None}


@pytest.mark.parametrize("case", cases_of(*sorted(_ABOUT_GIVING)))
def test_it_can_be_looked_at_if_only_its_access_is_refused(case: dict[str, Any], tmp_path: Path) -> None:
    path = lay_out(case, tmp_path / "grant")
    problems = refused(path).problems
    if {problem.rule for problem in problems} <= _ABOUT_GIVING:
        assert load_for(path, Purpose.LOOK)[1] == problems
    else:
        with pytest.raises(GrantError):
            load_for(path, Purpose.LOOK)


@pytest.mark.parametrize("case", cases_of("missing-file", "policy-file", "policy-size", "rbac-rule"))
def test_it_cannot_be_compared_without_its_files(case: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(GrantError):
        load_for(lay_out(case, tmp_path / "grant"), Purpose.LOOK)


@pytest.mark.parametrize("case", cases_of(*MEANING))
def test_a_grant_whose_meaning_is_uncertain_is_refused_for_every_purpose(case: dict[str, Any], tmp_path: Path) -> None:
    path = lay_out(case, tmp_path / "grant")
    problems = refused(path).problems
    for purpose in Purpose:
        with pytest.raises(GrantError) as error:
            load_for(path, purpose)
        assert error.value.problems == problems


def test_a_grant_without_problems_has_no_objections(tmp_path: Path) -> None:
    path = lay_out({}, tmp_path / "grant")
    for purpose in Purpose:
        assert load_for(path, purpose) == (load_grant(path), ())
