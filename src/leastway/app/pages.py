"""The documentation, which is part of an installation: pages by name, and the lines of tables that explain an id.

In a wheel, the pages are in the package (`leastway/docs`); in a clone, they are in the folder `docs`.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastway.errors import InvalidInputError, LeastwayError

__all__ = [
    "Explained",
    "PageTitle",
    "explain",
    "finding_addresses",
    "finding_pages",
    "page_titles",
    "schema_names",
    "schema_of",
]

_FOLDERS: Final = (Path(__file__).parents[1] / "docs", Path(__file__).parents[3] / "docs")
_SCHEMA: Final = ".schema.json"
_ROW: Final = re.compile(r"^\| `([a-z][a-z0-9-]*)` \|")
_SITE: Final = re.compile(r"https?://[!-~]+")
_HEADING: Final = re.compile(r"^#+ ")


@dataclass(frozen=True, slots=True)
class PageTitle:
    """A page: the name that `explain` takes, and its title."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A text in Markdown, and the path of its page below `docs`."""

    text: str
    page: str


def page_titles() -> tuple[tuple[PageTitle, ...], tuple[PageTitle, ...]]:
    """Return the pages, and the pages of findings, by name. Errors: LeastwayError if they are not installed."""
    folder = _folder()
    return _titles(folder), _titles(folder / "findings")


def explain(name: str) -> Explained:
    """Return the page with a name, or the rows of tables that explain an id, such as a refusal of a grant.

    A finding has precedence over a page, and a page over an id. Errors: InvalidInputError, with a similar name, if
    nothing has it; LeastwayError if the pages are not installed.
    """
    folder = _folder()
    pages = {path.stem: path for path in (*_pages(folder), *_pages(folder / "findings"))}
    if name in pages:
        return Explained(pages[name].read_text(encoding="utf-8"), pages[name].relative_to(folder).as_posix())
    rows = _rows(folder)
    if name in rows:
        return rows[name]
    close = difflib.get_close_matches(name, sorted({*pages, *rows}), n=1)
    fix = f"did you mean {close[0]!r}?" if close else "run `leastway explain` for the names of all pages"
    raise InvalidInputError(f"nothing explains {name!r}", fix=fix)


def finding_pages() -> dict[str, str]:
    """Return the page of each finding in Markdown, by its rule; none if the pages are not installed."""
    try:
        folder = _folder() / "findings"
    except LeastwayError:
        return {}
    return {path.stem: path.read_text(encoding="utf-8") for path in _pages(folder)}


def finding_addresses(site: str = "") -> dict[str, str]:
    """Return the URI of the page of each finding, by its rule: on this machine, or at the address of a `site`.

    Errors: InvalidInputError for an address that is not one of the web.
    """
    if site and not _SITE.fullmatch(site):
        raise InvalidInputError(
            f"{site!r} is not the address of a site",
            where="--docs-url",
            fix="give the address at which `make docs` is published: https://docs.example.com/leastway",
        )
    if site:
        return {rule: f"{site.rstrip('/')}/docs/findings/{rule}.html" for rule in finding_pages()}
    try:
        folder = _folder() / "findings"
    except LeastwayError:
        return {}
    return {path.stem: path.absolute().as_uri() for path in _pages(folder)}


def schema_names() -> tuple[str, ...]:
    """Return the names of the JSON Schemas, those of outputs last. Errors: LeastwayError if they are not installed."""
    folder = _folder() / "schema"
    found = sorted(folder.glob(f"*{_SCHEMA}")) + sorted(folder.glob(f"output/*{_SCHEMA}"))
    return tuple(path.relative_to(folder).as_posix().removesuffix(_SCHEMA) for path in found)


def schema_of(name: str) -> str:
    """Return the text of a JSON Schema. Errors: InvalidInputError, with a similar name; LeastwayError as above."""
    known = schema_names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        fix = f"did you mean {close[0]}?" if close else "run `leastway schema` for the names of all schemas"
        raise InvalidInputError(f"there is no schema {name!r}", fix=fix)
    return (_folder() / "schema" / f"{name}{_SCHEMA}").read_text(encoding="utf-8")


def _folder() -> Path:
    for folder in _FOLDERS:
        if (folder / "findings").is_dir():
            return folder
    raise LeastwayError("the documentation is not installed", fix="install leastway again, from a wheel or a clone")


def _titles(folder: Path) -> tuple[PageTitle, ...]:
    found = []
    for path in _pages(folder):
        with path.open(encoding="utf-8") as lines:
            found.append(PageTitle(path.stem, lines.readline().removeprefix("# ").strip()))
    return tuple(found)


def _pages(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.md") if path.stem != "README")


def _rows(folder: Path) -> dict[str, Explained]:
    """Return what explains each id: a table's head and the id's row, under the heading of their section."""
    found: dict[str, Explained] = {}
    for path in sorted(folder.glob("*.md")):
        heading = ""
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if _HEADING.match(line):
                heading = line
            elif row := _ROW.match(line):
                head = _head(lines, number)
                found.setdefault(row[1], Explained("\n".join([heading, "", *head, line, ""]), path.name))
    return found


def _head(lines: list[str], row: int) -> list[str]:
    first = row
    while first > 0 and lines[first - 1].startswith("|"):
        first -= 1
    return lines[first : first + 2]
