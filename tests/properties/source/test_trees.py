"""The trees of JSON and YAML: each node is the text of its value, and what is written is read back."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from leastway.source import Outline, SourceText, plain, pointer, read_json_tree
from tests.unit.source.test_yaml_tree import read, scalars

KEYS = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn", "Co"]), max_size=12
).filter(lambda text: not re.fullmatch(r"[-+]?[0-9]+[eE][-+]?[0-9]+|0o[0-7]+", text))
"""PyYAML writes YAML 1.1 and does not quote texts that are numbers only in YAML 1.2 (1e3, 0o7)."""
SCALARS = st.one_of(TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.none())
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
    ),
    min_size=1,
    max_size=5,
)


@given(DOCUMENTS, st.sampled_from([True, False, None]))
def test_a_dumped_document_is_read_back(document: dict[str, Any], flow: bool | None) -> None:
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=True, width=40)
    assert plain(read(text)) == document


@given(DOCUMENTS)
def test_the_position_of_every_scalar_is_its_text(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, width=10_000)
    source = SourceText(text)
    lines = text.split("\n")
    for node in scalars(read(text)):
        position = source.position_in_line(node.start, node.end)
        there = lines[position.line - 1][position.column - 1 : position.end_column - 1]
        written = text[node.start : node.end].split("\n")[0]
        assert there == written or (written == "" and position.end_column == position.column + 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from walk(member, (*path, key))


@given(json_values, st.sampled_from([None, 1, 2]))
def test_each_node_is_the_text_of_its_value(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    outline = Outline(SourceText(text), read_json_tree)
    for path, member in walk(value):
        found = outline.find(path)
        assert found is not None, pointer(path)
        key, node = found
        assert json.loads(text[node.start : node.end]) == member
        assert plain(node) == member
        if path and isinstance(path[-1], str):
            assert key is not None
            assert json.loads(text[key.start : key.end]) == key.text == path[-1]
