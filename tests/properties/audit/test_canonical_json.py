"""The canonical form of entries: what the reference library rfc8785 writes, and what is read back."""

import json
from datetime import UTC, datetime

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from leastway.audit import Actor, AuditedRequest, Entry, Outcome, canonical, read_entry

texts = st.text(st.characters(), max_size=40) | st.text(st.characters(codec="ascii"), max_size=800)
numbers = st.integers(-(2**53) + 1, 2**53 - 1)
times = st.datetimes(timezones=st.sampled_from([UTC]), min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1))  # noqa: DTZ001


def entries(text: st.SearchStrategy[str]) -> st.SearchStrategy[Entry]:
    names = st.text(st.characters(codec="ascii"), min_size=1, max_size=20)
    details = st.dictionaries(
        names, text | numbers | st.booleans() | st.lists(text, max_size=40).map(tuple), max_size=6
    )
    return st.builds(
        Entry,
        text,
        times,
        st.builds(Actor, text | st.none(), text | st.none()),
        text,
        text,
        st.sampled_from(Outcome),
        details,
        st.none() | st.builds(AuditedRequest, text, text, st.integers(100, 599)),
    )


@given(entry=entries(texts))
def test_the_bytes_are_those_of_rfc_8785(entry: Entry) -> None:
    data = canonical(entry)
    assert data == rfc8785.dumps(json.loads(data))
    assert len(data) <= 65_535


@given(entry=entries(texts))
def test_what_was_read_is_written_the_same(entry: Entry) -> None:
    data = canonical(entry)
    again = canonical(read_entry(data))
    assert again == data or b"sha256" in data  # a text that was cut is cut again
