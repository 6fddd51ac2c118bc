"""docs/sandbox-gaps.md matches the docstrings of the gaps. LEASTWAY_WRITE_GOLDEN=1 writes it."""

import ast
import itertools
import os
import re
from pathlib import Path

import pytest

from leastway.sandbox import gaps
from leastway.sandbox.gaps import GAPS
from leastway.sandbox.process.engine import VERSION

PAGE = Path(__file__).parents[3] / "docs" / "sandbox-gaps.md"
FOLDER = Path(gaps.__file__).parent
SHARED = {"__init__", "iam_api"}
"""Modules that gaps share and that close none."""
DESCRIPTION = re.compile(r"AWS \((?P<source>.+?)\): (?P<aws>.+?) ministack: (?P<ministack>[^\n]+)")

BEGINNING = f"""# Where ministack differs from AWS

The embedded AWS of a [rehearsal](rehearsal.md) is ministack {VERSION}. This page lists each difference from AWS that
leastway closes: what AWS does, what ministack does, and the AWS documentation of it, in enough detail for a report to
ministack. The docstring of `leastway.sandbox` lists the differences that remain. This page is generated from the
modules of `leastway.sandbox.gaps`.
"""


def sections(name: str) -> list[str]:
    """Return the sections of the gaps in one module, each from a title and the paragraph after it."""
    docstring = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text())) or ""
    paragraphs = [" ".join(each.split()) for each in docstring.split("\n\n")]
    found = []
    for title, text in itertools.pairwise(paragraphs):
        if description := DESCRIPTION.fullmatch(text):
            source, aws, ministack = description.groups()
            lines = f"- AWS: {aws}\n- ministack: {ministack}\n- Source: {source}. Closed in `{name}`.\n"
            found.append(f"## {title.removesuffix('.')}\n{lines}")
    assert found, f"the docstring of {name} must describe what AWS does and what ministack does"
    described = sum(each.startswith("AWS (") for each in paragraphs)
    assert len(found) == described, f"a description in {name} does not say what ministack does"
    return found


def test_the_page_matches_the_docstrings_of_the_gaps() -> None:
    page = "\n".join((BEGINNING, *itertools.chain.from_iterable(map(sections, GAPS))))
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def test_each_gap_is_closed_exactly_once() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - SHARED
    assert sorted(GAPS) == sorted(modules)


@pytest.mark.parametrize("name", GAPS)
def test_each_gap_is_described_in_one_paragraph(name: str) -> None:
    for section in sections(name):
        aws, ministack = section.splitlines()[1:3]
        assert len(aws) < 700
        assert len(ministack) < 400
