"""Renders pages of the documentation: formatted on a terminal, as Markdown for programs."""

from __future__ import annotations

from leastway.app.pages import Explained, PageTitle
from leastway.cli.render.lines import console_on, print_line, print_table
from leastway.cli.terminal import emit, say_lines

__all__ = ["print_page", "print_titles"]

_WIDEST = 100
"""Columns of text that are easy to read."""


def print_page(page: Explained, *, as_json: bool) -> None:
    """Print one page, or the part of one that explains an id."""
    console = console_on()
    if as_json:
        emit("explain", {"page": page.page, "text": page.text})
    elif console.is_terminal:
        from rich.markdown import Markdown

        console.print(Markdown(page.text, hyperlinks=False), width=min(console.width, _WIDEST))
    else:
        say_lines(page.text.rstrip("\n"))


def print_titles(pages: tuple[PageTitle, ...], findings: tuple[PageTitle, ...], *, as_json: bool) -> None:
    """Print the names of all pages."""
    if as_json:
        emit(
            "explain-pages",
            {"pages": {page.name: page.title for page in pages}, "findings": [page.name for page in findings]},
        )
        return
    console = console_on()
    print_table(console, ("page", "about"), [(page.name, page.title) for page in pages])
    print_line(console, "")
    print_line(console, "findings: " + ", ".join(page.name for page in findings))
    print_line(console, "A refusal of a grant is explained by its name, too: leastway explain role-outside-prefix")
