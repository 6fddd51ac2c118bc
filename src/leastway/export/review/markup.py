"""HTML elements. Text and attributes are escaped when the page is written, so no name can become markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from leastway.shown import shown

__all__ = ["Markup", "element", "mark", "paragraph", "table"]

Markup = ET.Element


def element(tag: str, *content: Markup | str, **attributes: str) -> Markup:
    """Return an element; `class_` and `for_` stand for attributes that are words of Python, `_` for `-` in names."""
    made = ET.Element(tag, {name.rstrip("_").replace("_", "-"): shown(value) for name, value in attributes.items()})
    for part in content:
        if isinstance(part, ET.Element):
            made.append(part)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + shown(part)
        else:
            made.text = (made.text or "") + shown(part)
    return made


def paragraph(text: str) -> Markup:
    """Return a paragraph; what stands between two backticks is code, if each has its other one."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return element("p", text)
    return element("p", *(element("code", part) if at % 2 else part for at, part in enumerate(parts) if part))


def mark(state: str, symbol: str, word: str) -> Markup:
    """Return a verdict as a sign and a word, in the colour of its state."""
    return element("span", element("span", symbol, aria_hidden="true"), f" {word}", class_=f"mark {state}")


def table(caption: str, columns: Iterable[str], rows: Iterable[Iterable[Markup | str]]) -> Markup:
    """Return a table with a caption and headers, one row for each of `rows`."""
    head = element("tr", *(element("th", name, scope="col") for name in columns))
    body = (element("tr", *(element("td", cell) for cell in row)) for row in rows)
    made = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", made, class_="wide")
