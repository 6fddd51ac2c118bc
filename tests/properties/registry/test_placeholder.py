"""Parsing any text into placeholders and joining the parts gives the same text."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leastway.registry import Placeholder, keeps_type, parse_placeholders

PIECES = ("$", "{", "}", "\\", "${", "$\\{", "['", "']", "context.app.id", "resources['dns#x'].outputs.host", "a", "\n")
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text()


def written(part: str | Placeholder) -> str:
    if isinstance(part, str):
        return part.replace("${", "$\\{")
    return f"${{{part.body}}}" if part.is_closed else f"${{{part.body}"


@given(TEXTS)
def test_joining_the_parts_gives_the_text(text: str) -> None:
    assert "".join(map(written, parse_placeholders(text))) == text


@given(TEXTS)
def test_only_the_last_placeholder_may_be_unclosed_and_it_refers_to_nothing(text: str) -> None:
    parts = parse_placeholders(text)
    open_ones = [part for part in parts if isinstance(part, Placeholder) and not part.is_closed]
    assert open_ones in ([], list(parts[-1:]))
    assert all(part.refers_to is None for part in open_ones)


@given(TEXTS)
def test_literal_parts_are_never_adjacent_or_empty(text: str) -> None:
    parts = parse_placeholders(text)
    assert "" not in parts
    assert not any(isinstance(one, str) and isinstance(other, str) for one, other in pairwise(parts))
    assert keeps_type(parts) == (len(parts) == 1 and not isinstance(parts[0], str))
