"""The revision of a source: the name of a branch or tag, or a commit, and nothing that Git could read otherwise."""

from __future__ import annotations

import pytest

from leastway.errors import InvalidInputError
from leastway.git.revision import check_revision, is_commit


@pytest.mark.parametrize("text", ["", "main", "v1.2.3", "feature/a-b_c", "refs/tags/v1", "a" * 40, "b" * 255])
def test_the_names_of_revisions(text: str) -> None:
    check_revision(text)


@pytest.mark.parametrize(
    "text",
    [
        "--upload-pack=x",
        "a..b",
        "a:b",
        "a*",
        "a^{}",
        "a b",
        "a.",
        "a/",
        "a.lock",
        "a//b",
        "a/.b",
        "b" * 256,
    ],
)
def test_what_git_could_read_otherwise_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        check_revision(text)


@pytest.mark.parametrize(("text", "is_one"), [("a" * 40, True), ("a" * 64, True), ("a" * 41, False), ("A" * 40, False)])
def test_a_commit_is_named_by_all_of_its_digits(text: str, is_one: bool) -> None:
    assert is_commit(text) is is_one
