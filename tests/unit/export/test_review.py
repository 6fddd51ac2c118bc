"""The page of an access review: it needs nothing from outside, and names of others stay text."""

import base64
import hashlib
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from leastway.export.picture import Edge, NodeKind, PictureNode
from leastway.export.review import AccountReview, Item, Review, ReviewedEdge, ReviewSection, State, page_of

GOLDEN = Path(__file__).parent / "review.html"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;</svg></title></style>\u202e\n'


def review(name: str, count: int = 1) -> Review:
    role = PictureNode(NodeKind.ROLE, f"arn/{name}", f"role {name}")
    platform = PictureNode(NodeKind.PLATFORM, name, name)
    cluster = PictureNode(NodeKind.CLUSTER, name, f"cluster {name}")
    edges = (
        ReviewedEdge(Edge(platform, role, name, ()), State.GOOD, "as expected", State.BAD, "refuted"),
        *(
            ReviewedEdge(Edge(role, cluster, f"{name} {number}", ()), State.UNKNOWN, "unknown", State.NOT_READ, name)
            for number in range(count)
        ),
    )
    item = Item(State.BAD, "refuted", name, name, (name,))
    section = ReviewSection("proofs", "Proofs", State.BAD, name, (item,))
    return Review(name, ((name, name),), (name,), (section,), (AccountReview(name, edges, (item,)),))


class Tags(HTMLParser):
    """The tags and the attributes of a page, and the tags that are open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_matches_the_golden_page() -> None:
    page = page_of(review("shop"))
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        GOLDEN.write_text(page, "utf-8")
    assert page == GOLDEN.read_text("utf-8")


def test_page_loads_and_runs_nothing() -> None:
    tags = Tags(page_of(review("shop")))
    assert tags.open == []
    assert not {name for name, _ in tags.found} & {"script", "link", "img", "iframe", "object", "form", "base", "use"}
    names = {attribute for _, attributes in tags.found for attribute in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "style", "srcset", "xlink:href")]
    assert all(str(attributes["href"]).startswith("#") for _, attributes in tags.found if "href" in attributes)


def test_policy_of_the_page_admits_its_own_style_sheet_only() -> None:
    page = page_of(review("shop"))
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}';" in page
    assert "url(" not in style
    assert "@import" not in style


def test_name_of_others_stays_text() -> None:
    plain, hostile = Tags(page_of(review("shop"))), Tags(page_of(review(HOSTILE)))
    assert [name for name, _ in hostile.found if name != "text"] == [name for name, _ in plain.found if name != "text"]
    assert {key for _, one in hostile.found for key in one} == {key for _, one in plain.found for key in one}
    assert "\u202e" not in page_of(review(HOSTILE))


@pytest.mark.parametrize(("count", "is_drawn"), [(79, True), (80, False)])
def test_large_picture_is_left_out_and_its_table_is_complete(count: int, is_drawn: bool) -> None:
    page = page_of(review("shop", count))
    assert ("<svg" in page) is is_drawn
    assert ("The picture is left out" in page) is not is_drawn
    assert page.count("shop 7") >= 11


def test_verdicts_have_a_sign_and_a_word_for_each_state() -> None:
    assert len({state.symbol for state in State}) == len(State)
    page = page_of(review("shop"))
    assert re.search(r'class="mark unknown"><span aria-hidden="true">\?</span> unknown<', page)


def test_commands_and_fields_in_a_sentence_are_code() -> None:
    page = page_of(replace(review("shop"), remarks=("run `leastway plan`, then `leastway apply`", "a ` alone stays")))
    assert "<p>run <code>leastway plan</code>, then <code>leastway apply</code></p>" in page
    assert "<p>a ` alone stays</p>" in page


def test_a_picture_is_as_wide_as_its_page_at_most() -> None:
    assert "svg{max-width:100%" in page_of(review("shop"))
