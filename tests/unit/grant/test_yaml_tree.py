from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.grant import yaml_tree
from leastway.grant.source import SourceText
from leastway.grant.yaml_node import Tree, plain
from leastway.grant.yaml_tree import read_tree

from .laying_out import CASES, EXAMPLES

KEYS = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn", "Co"]), max_size=12
).filter(lambda text: not re.fullmatch(r"[-+]?[0-9]+[eE][-+]?[0-9]+|0o[0-7]+", text))
"""PyYAML writes YAML 1.1: what are numbers in YAML 1.2 alone (1e3, 0o7), it would leave without quotes."""
SCALARS = st.one_of(TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.none())
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
    ),
    min_size=1,
    max_size=5,
)


def read(text: str) -> Tree:
    tree, problems = read_tree(SourceText(Path("t.yaml"), text))
    assert not problems
    assert tree is not None
    return tree


@settings(deadline=None)
@given(DOCUMENTS, st.sampled_from([True, False, None]))
def test_what_is_written_is_read(document: dict[str, Any], flow: bool | None) -> None:
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=True, width=40)
    assert plain(read(text).root) == document


@settings(deadline=None)
@given(DOCUMENTS)
def test_every_scalar_stands_where_its_position_says(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, width=10_000)
    tree = read(text)
    lines = text.split("\n")
    for node in tree.scalars():
        position = tree.source.position(node.start, node.end)
        there = lines[position.line - 1][position.column - 1 :][: position.length]
        written = text[node.start : node.end].split("\n")[0]
        assert there == written or (written == "" and position.length == 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("12:30:45", "12:30:45"),
        ("2026-11-23", "2026-11-23"),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", float("inf")),
        ("~", None),
        ("Null", None),
        ("TRUE", True),
        ("'true'", "true"),
        ("1.2.3", "1.2.3"),
        ("+", "+"),
        ("-", None),
        ("9" * 5000, float("inf")),
    ],
)
def test_a_bare_scalar_means_what_yaml_1_2_says(written: str, meant: object) -> None:
    if written == "-":
        assert plain(read("x:\n-").root) == {"x": [None]}
    else:
        assert plain(read(f"x: {written}").root) == {"x": meant}


def test_the_parser_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def shape(text: str) -> list[Any]:
        tree, problems = read_tree(SourceText(Path("t.yaml"), text))
        nodes = [] if tree is None else [(node.start, node.end, node.text, node.bare) for node in tree.scalars()]
        return [nodes, [(problem.rule, problem.position.line) for problem in problems]]

    paths = [*EXAMPLES.glob("*/*.yaml"), *EXAMPLES.glob("*/*/*.yaml"), *(CASES / "base").rglob("*.yaml")]
    texts = [path.read_text() for path in paths]
    texts += [
        "a: 'x\n  y'\nb: |\n  z\n",
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "- \u00e9: \U0001d11e\n",
        "x: !!int '3'",
    ]
    quick = [shape(text) for text in texts]
    monkeypatch.setattr(yaml_tree, "_LOADER", yaml.SafeLoader)
    assert [shape(text) for text in texts] == quick


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x]\n" + "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}' if n else '*a'] * 9)}]\n" for n in range(40)),
        "[" * 200_000,
        "{a: " * 200_000,
        "- " * 200_000 + "x",
        "? " * 200_000 + "x",
        "a: '" + "\\x" * 200_000,
    ],
    ids=["aliases", "lists", "maps", "block lists", "keys", "a quote"],
)
def test_a_bomb_is_refused_at_once(bomb: str) -> None:
    started = time.process_time()
    tree, problems = read_tree(SourceText(Path("t.yaml"), bomb))
    assert tree is None or problems
    assert len(problems) <= 500
    assert time.process_time() - started < 2
