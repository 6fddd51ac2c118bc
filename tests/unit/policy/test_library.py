"""The snippets of `docs/library.md` print what the page shows, and import from the packages that it lists."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "library.md"
TEXT = PAGE.read_text()
PUBLIC = set(re.findall(r"^\| `(leastway\.[a-z.]+)` \|", TEXT, re.MULTILINE))


def test_every_snippet_prints_what_it_shows() -> None:
    without_fences = re.sub(r"^```.*$", "", TEXT, flags=re.MULTILINE)
    page = doctest.DocTestParser().get_doctest(without_fences, {}, PAGE.name, str(PAGE), 0)
    assert len(page.examples) > 20
    output: list[str] = []
    results = doctest.DocTestRunner().run(page, out=output.append)
    assert results.failed == 0, "".join(output)


def test_snippets_import_only_from_public_packages() -> None:
    imports = re.findall(r"^>>> from ([a-z._]+) import (.+)$", TEXT, re.MULTILINE)
    assert {package for package, _ in imports} <= PUBLIC
    for package, names in imports:
        assert set(names.split(", ")) <= set(importlib.import_module(package).__all__)


def test_every_public_package_defines_its_exports() -> None:
    for package in PUBLIC:
        assert importlib.import_module(package).__all__, package
