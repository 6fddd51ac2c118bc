"""Subjects of tokens: whether a pattern admits identities of others, and an example of one."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.grant import Oidc, find_profile

GITHUB, GITLAB, HCP = (find_profile(name).oidc for name in ("github-actions", "gitlab", "hcp-terraform"))
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("oidc", "subject", "other"),
    [
        (GITHUB, "repo:acme/infra:ref:refs/heads/main", ""),
        (GITHUB, "repo:acme/infra:*", ""),
        (GITHUB, "repo:acme/infra:environment:*", ""),
        (GITHUB, "repo:acme/*", "repo:acme/another-repository:another-context"),
        (GITHUB, "repo:acme/infra*", "repo:acme/infra-another"),
        (GITHUB, "repo:acme/infr?:pull_request", "repo:acme/infrx:pull_request"),
        (GITHUB, "repo:*:environment:prod", "repo:another:environment:prod"),
        (GITHUB, "repo:*", "repo:another-owner/another-repository:another-context"),
        (GITLAB, "project_path:acme/tools/infra:ref_type:branch:ref:main", ""),
        (GITLAB, "project_path:acme/tools/infra:ref_type:*", ""),
        (
            GITLAB,
            "project_path:acme/*:ref_type:branch:ref:main",
            "project_path:acme/another:ref_type:branch:ref:main",
        ),
        (HCP, "organization:acme:project:shop:workspace:prod:run_phase:*", ""),
        (
            HCP,
            "organization:acme:project:shop:*",
            "organization:acme:project:shop:workspace:another-workspace:run_phase:another-run-phase",
        ),
        (
            HCP,
            "organization:acme:project:*:workspace:prod:run_phase:apply",
            "organization:acme:project:another:workspace:prod:run_phase:apply",
        ),
    ],
)
def test_a_pattern_is_too_wide_if_it_does_not_write_out_what_the_profile_requires(
    oidc: Oidc, subject: str, other: str
) -> None:
    assert oidc.why_not_of_form(subject) == ""
    assert oidc.too_wide(subject) == other
    assert not other or fnmatch.fnmatchcase(other, subject)


@pytest.mark.parametrize(
    ("oidc", "subject"),
    [
        (GITHUB, "repo:acme/infra"),
        (GITHUB, "repo:acme"),
        (GITHUB, "project_path:acme/infra:ref_type:branch:ref:main"),
        (GITLAB, "project_path:acme/infra"),
        (HCP, "organization:acme:project:shop:workspace:prod"),
        (HCP, "repo:*"),
    ],
)
def test_a_subject_that_no_token_can_have_does_not_fit_the_form(oidc: Oidc, subject: str) -> None:
    assert oidc.subject in oidc.why_not_of_form(subject)


@given(NAMES, NAMES, NAMES)
def test_a_subject_without_wildcards_is_never_too_wide_and_a_stranger_is_never_admitted(
    owner: str, repository: str, context: str
) -> None:
    assert GITHUB is not None
    subject = f"repo:{owner}/{repository}:{context}"
    assert (GITHUB.why_not_of_form(subject), GITHUB.too_wide(subject)) == ("", "")
    assert GITHUB.stranger([subject, f"repo:{owner}/{repository}:*"]) != subject
    assert GITHUB.example(f"repo:{owner}/{repository}:*").startswith(f"repo:{owner}/{repository}:")


def test_there_is_no_stranger_if_everybody_is_admitted() -> None:
    assert GITHUB is not None
    assert GITHUB.stranger(["repo:*"]) == ""
    assert GITHUB.stranger(["repo:acme/infra:*"]) == "repo:another-owner/another-repository:another-context"
