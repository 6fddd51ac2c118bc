"""docs/sandbox-gaps.md matches the docstrings of the gaps. LEASTWAY_WRITE_GOLDEN=1 writes it."""

import ast
import os
import re
from pathlib import Path

import pytest

from leastway.sandbox import gaps
from leastway.sandbox.gaps import GAPS
from leastway.sandbox.process.engine import VERSION

PAGE = Path(__file__).parents[3] / "docs" / "sandbox-gaps.md"
FOLDER = Path(gaps.__file__).parent
SHARED = {"__init__", "iam_api", "principals"}
"""Modules that gaps share and that close none."""
DESCRIPTION = re.compile(
    r"^(?P<title>[^\n]+)\.\n\nAWS \((?P<source>.+?)\): (?P<aws>.+?) ministack: (?P<ministack>[^\n]+)"
)

BEGINNING = f"""# Where ministack differs from AWS

The embedded AWS of a [rehearsal](rehearsal.md) is ministack {VERSION}. This page lists each difference from AWS that
leastway closes: what AWS does, what ministack does, and the AWS documentation of it, in enough detail for a report to
ministack. The docstring of `leastway.sandbox` lists the differences that remain. This page is generated from the
modules of `leastway.sandbox.gaps`.
"""


def section(name: str) -> str:
    """Return the section of one gap."""
    docstring = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text())) or ""
    found = DESCRIPTION.match(re.sub(r"(?<!\n)\n(?!\n)", " ", docstring))
    assert found is not None, f"the docstring of {name} must describe what AWS does and what ministack does"
    title, source, aws, ministack = found.groups()
    return f"## {title}\n- AWS: {aws}\n- ministack: {ministack}\n- Source: {source}. Closed in `{name}`.\n"


def test_the_page_matches_the_docstrings_of_the_gaps() -> None:
    page = "\n".join((BEGINNING, *map(section, GAPS)))
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def test_each_gap_is_closed_exactly_once() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - SHARED
    assert sorted(GAPS) == sorted(modules)


@pytest.mark.parametrize("name", GAPS)
def test_each_gap_is_described_in_one_paragraph(name: str) -> None:
    aws, ministack = section(name).splitlines()[1:3]
    assert len(aws) < 700
    assert len(ministack) < 400
