"""`docs/library.md` shows `leastway.policy` as a library: all that it shows is real, and imports what it says."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "library.md"
TEXT = PAGE.read_text()
PUBLIC = set(re.findall(r"^\| `(leastway\.[a-z.]+)` \|", TEXT, re.MULTILINE))


def test_every_snippet_shows_what_it_gives() -> None:
    without_fences = re.sub(r"^```.*$", "", TEXT, flags=re.MULTILINE)
    page = doctest.DocTestParser().get_doctest(without_fences, {}, PAGE.name, str(PAGE), 0)
    assert len(page.examples) > 20
    said: list[str] = []
    results = doctest.DocTestRunner().run(page, out=said.append)
    assert results.failed == 0, "".join(said)


def test_the_snippets_import_from_the_public_packages_only() -> None:
    imports = re.findall(r"^>>> from ([a-z._]+) import (.+)$", TEXT, re.MULTILINE)
    assert {package for package, _ in imports} <= PUBLIC
    for package, names in imports:
        assert set(names.split(", ")) <= set(importlib.import_module(package).__all__)


def test_every_public_package_says_what_it_offers() -> None:
    for package in PUBLIC:
        assert importlib.import_module(package).__all__, package
