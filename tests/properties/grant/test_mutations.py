"""Any change to a valid grant is accepted or refused, and every problem has a position within the text."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.grant import Grant, GrantError, load_grant
from tests.unit.grant.laying_out import CASES, EXAMPLES, lay_out

NAMES = ("grant.yaml", "platform.yaml", "policies/s3.json", "rbac/deployer.yaml")
FILES = {name: (CASES / "base" / name).read_text() for name in NAMES}
FULL = yaml.safe_load((EXAMPLES / "two-accounts" / "grant.yaml").read_text())
WORDS = (
    "",
    "\n",
    " ",
    "- ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "&a ",
    "*a",
    "!t ",
    "#",
    "<<",
    "|",
    "> ",
    "~",
    "0",
    "\t",
)
FRAGMENTS = st.sampled_from(WORDS) | st.text(max_size=4)
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, 1.5, 10**13, "", "x", "*", "arn:aws:iam::aws:policy/X", "arn:aws:iam"),
        *([], {}, [[]], [None], {"x": None}, ["x", 1], {"policy": "edit", "group": "x"}),
    ]
)
KEYS = st.sampled_from(
    ("id", "name", "access", "policy", "group", "rules", "namespaces", "cluster_wide", "profile", "x")
)


def outcome(files: dict[str, str]) -> Grant | GrantError:
    """Load the base with `files` in it; check that a refusal can be shown."""
    with tempfile.TemporaryDirectory() as folder:
        grant = lay_out({}, Path(folder) / "grant")
        for name, text in files.items():
            (grant.parent / name).write_bytes(text.encode("utf-8", "replace"))
        try:
            return load_grant(grant)
        except GrantError as error:
            refusal = error
        assert refusal.problems
        assert refusal.diagnostics()
        for problem in refusal.problems:
            lines = problem.file.read_bytes().decode().splitlines() or [""]
            assert 1 <= problem.position.line <= len(lines) + 1
            assert problem.position.end_column > problem.position.column
        return refusal


@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), st.integers(0, 10**6), st.integers(0, 12), FRAGMENTS)
def test_a_text_with_a_random_edit_is_accepted_or_refused(name: str, place: int, cut: int, fragment: str) -> None:
    text = FILES[name]
    start = place % (len(text) + 1)
    files = {name: text[:start] + fragment + text[start + cut :]}
    if name == "platform.yaml":
        files["grant.yaml"] = FILES["grant.yaml"].replace("platform: humanitec", "platform: platform.yaml")
    outcome(files)


@settings(deadline=None)
@given(st.integers(0, 10**6), VALUES, st.none() | KEYS)
def test_a_document_with_a_random_value_is_accepted_or_refused(place: int, value: Any, key: str | None) -> None:
    document = copy.deepcopy(FULL)
    places = list(_places(document))
    container, at = places[place % len(places)]
    if key is not None and isinstance(container, dict):
        container[key] = value
    else:
        container[at] = value
    outcome({"grant.yaml": yaml.safe_dump(document)})


def _places(node: Any) -> Any:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from _places(value)
