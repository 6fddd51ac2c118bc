"""The access review as one HTML page that needs nothing else: no script, no font, no image, no network.

A Content Security Policy forbids everything except the style sheet of the page, by its digest. The page follows the
reader's light or dark scheme, and opens all details when it is printed.
"""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from leastway.export.review.markup import Markup, element, mark, paragraph, table
from leastway.export.review.review import AccountReview, Item, Review, ReviewedEdge, ReviewSection, State
from leastway.export.review.style import STYLE
from leastway.export.review.svg import MOST_EDGES, picture

__all__ = ["page_of"]

_FEW_ACCOUNTS = 10
"""Up to this number, the accounts are open from the start."""


def page_of(review: Review) -> str:
    """Return the page as HTML text."""
    title = f"Access review of the grant {review.grant}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
    )
    style = element("style")
    style.text = STYLE
    head.append(style)
    body = element(
        "body",
        element("header", element("h1", title), _facts(review), *map(paragraph, review.remarks)),
        element("main", _summary(review), *map(_section, review.sections), *_accounts(review)),
    )
    html = element("html", head, body, lang="en")
    return f"<!doctype html>\n{ET.tostring(html, encoding='unicode', method='html')}\n"


def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _facts(review: Review) -> Markup:
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in review.facts)
    return element("dl", *pairs)


def _summary(review: Review) -> Markup:
    rows = (
        (
            element("a", one.title, href=f"#{one.name}"),
            mark(one.state.value, one.state.symbol, one.word or _WORDS[one.state]),
            one.summary,
        )
        for one in review.sections
    )
    return element(
        "section",
        element("h2", "Summary"),
        table("What was checked, and the result", ("check", "result", "what was found"), rows),
    )


_WORDS = {State.GOOD: "good", State.BAD: "needs attention", State.UNKNOWN: "unknown", State.NOT_READ: "not read"}


def _section(section: ReviewSection) -> Markup:
    made = element("section", element("h2", section.title), element("p", section.summary), id=section.name)
    if section.items:
        made.append(_items(section.title, section.items))
    return made


def _items(caption: str, items: Sequence[Item]) -> Markup:
    return table(caption, ("verdict", "where", "what"), (_row(item) for item in items))


def _row(item: Item) -> tuple[Markup | str, ...]:
    what = element("div", paragraph(item.text), *(element("p", line, class_="detail") for line in item.details))
    return mark(item.state.value, item.state.symbol, item.word), element("code", item.about), what


def _accounts(review: Review) -> Iterator[Markup]:
    made = element("section", element("h2", "Accounts: who reaches what"), id="accounts")
    made.append(
        element(
            "p",
            "Access leads from left to right. The number and the sign on a line are those of its row in the table below"
            " the picture: ✓ as expected, ✗ differs, missing or not in the grant, ? unknown, ○ not read.",
        )
    )
    opened = {"open": "open"} if len(review.accounts) <= _FEW_ACCOUNTS else {}
    for each in review.accounts:
        made.append(element("details", _heading(each), *_account(each), **opened))
    yield made


def _heading(account: AccountReview) -> Markup:
    counted: dict[State, int] = {}
    for state in (*(one.state for one in account.edges), *(one.state for one in account.proofs)):
        counted[state] = counted.get(state, 0) + 1
    marks = (
        mark(state.value, state.symbol, f"{counted[state]} {_WORDS[state]}") for state in State if state in counted
    )
    return element("summary", element("h3", f"Account {account.account}"), *marks)


def _account(account: AccountReview) -> Iterator[Markup]:
    if len(account.edges) > MOST_EDGES:
        yield element(
            "p", f"The picture is left out: it would have {len(account.edges)} lines. The table has all of them."
        )
    elif account.edges:
        title = f"Access in the account {account.account}; the table below has the same content"
        yield element("figure", picture(account.edges, title), class_="wide")
    columns = ("line", "from", "by", "to", "state", "proof")
    yield table(
        f"Access in the account {account.account}", columns, map(_edge, range(1, len(account.edges) + 1), account.edges)
    )
    if account.proofs:
        yield _items(f"Proofs about the account {account.account}", account.proofs)


def _edge(number: int, one: ReviewedEdge) -> tuple[Markup | str, ...]:
    return (
        str(number),
        one.edge.source.label,
        one.edge.label,
        one.edge.target.label,
        mark(one.state.value, one.state.symbol, one.word),
        mark(one.proof.value, one.proof.symbol, one.proof_word),
    )
