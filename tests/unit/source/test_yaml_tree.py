from __future__ import annotations

import time
from typing import Any

import pytest
import yaml

from leastway.source import MapNode, Node, ScalarNode, SourceText, plain, yaml_tree
from leastway.source.yaml_tree import Dialect, read_yaml
from tests.unit.grant.laying_out import CASES, EXAMPLES

STRICT = Dialect(deepest=24, most_events=1_000_000, is_strict=True, quote=repr)
TOLERANT = Dialect(deepest=100, most_events=200_000, is_strict=False, quote=repr)


def read(text: str, dialect: Dialect = STRICT) -> Node:
    stream = read_yaml(SourceText(text), dialect)
    assert not stream.defects
    (root,) = stream.documents
    return root


def scalars(*roots: Node) -> list[ScalarNode]:
    pending, found = list(roots), []
    while pending:
        node = pending.pop()
        found += [node] if isinstance(node, ScalarNode) else []
        pending += [*node.items(), *(value for _, value in node.entries().values())]
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
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
def test_a_bare_scalar_is_interpreted_by_yaml_1_2(written: str, expected: object) -> None:
    if written == "-":
        assert plain(read("x:\n-")) == {"x": [None]}
    else:
        assert plain(read(f"x: {written}")) == {"x": expected}


@pytest.mark.parametrize("dialect", [STRICT, TOLERANT], ids=["strict", "tolerant"])
def test_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch, dialect: Dialect) -> None:
    def shape(text: str) -> list[Any]:
        stream = read_yaml(SourceText(text), dialect)
        nodes = [(node.start, node.end, node.text, node.bare, node.tag) for node in scalars(*stream.documents)]
        return [nodes, [(defect.kind, text.count("\n", 0, defect.start)) for defect in stream.defects]]

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
def test_a_yaml_bomb_is_rejected_quickly(bomb: str) -> None:
    started = time.process_time()
    stream = read_yaml(SourceText(bomb), STRICT)
    assert stream.defects
    assert len(stream.defects) <= 500
    assert time.process_time() - started < 2
    read_yaml(SourceText(bomb), TOLERANT)
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    ("text", "kind", "at"),
    [
        ("a: &x 1\n", "yaml-feature", "&x 1"),
        ("a: *x\n", "yaml-feature", "*x"),
        ("a: !Sub b\n", "yaml-feature", "!Sub b"),
        ("<<: {}\n", "yaml-feature", "<<"),
        ("[a]: 1\n", "yaml-feature", "[a]"),
        ("a: {{ name }}\n", "placeholder", "{{ name }}"),
        ("a: 1\n---\nb: 1\n", "several-documents", "---"),
        ("a: \u202eb\n", "hidden-character", "\u202e"),
        ("a: [\u201cb\u201d]\n", "hidden-character", "\u201cb\u201d"),
    ],
)
def test_only_a_strict_dialect_rejects_what_hides_meaning(text: str, kind: str, at: str) -> None:
    strict = read_yaml(SourceText(text), STRICT)
    assert [defect.kind for defect in strict.defects] == [kind]
    assert text[strict.defects[0].start : strict.defects[0].end].startswith(at[:1])
    tolerant = read_yaml(SourceText(text.replace("*x", "&x [*x]")), TOLERANT)
    assert not tolerant.defects


@pytest.mark.parametrize("dialect", [STRICT, TOLERANT], ids=["strict", "tolerant"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a: 1\na: 2\n", "duplicate-key"),
        ("a: [\n", "yaml-syntax"),
        ("a:\n\tb: 1\n", "tab"),
        ("a: \x00\n", "yaml-syntax"),
        ("a: \ud800\n", "yaml-syntax"),
        ("[" * 150 + "]" * 150, "too-deep"),
    ],
)
def test_every_dialect_rejects_malformed_text(text: str, kind: str, dialect: Dialect) -> None:
    assert [defect.kind for defect in read_yaml(SourceText(text), dialect).defects] == [kind]


@pytest.mark.parametrize(
    ("line", "at", "fix"),
    [
        ("region eu-central-1", "region eu-central-1", "write a colon and a space after the name"),
        ("region:eu-central-1  ", "region:eu-central-1", "write a space after the colon"),
        ("region:\u00a0eu-central-1", "\u00a0", "write an ordinary space"),
        ("region\u3000: eu-central-1, b\u3000c", None, ""),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_field_without_a_colon_and_a_space_is_named_on_its_own_line(
    line: str, at: str | None, fix: str, line_end: str
) -> None:
    text = line_end.join(["accounts:", "  - id: x", f"    {line}", "    access: ambient", ""])
    found = [(text[one.start : one.end], one.fix) for one in read_yaml(SourceText(text), STRICT).defects]
    assert found == ([(at, fix)] if at else [])


def test_a_tolerant_dialect_resolves_aliases() -> None:
    root = read("a: &x {b: 1}\nc: *x\n", TOLERANT)
    assert plain(root) == {"a": {"b": 1}, "c": {"b": 1}}
    assert root.get("a") is root.get("c")


@pytest.mark.parametrize("text", ["a: *x\n", "a: &x 1\nb: &x 2\n", "a: &x 1\n---\nb: *x\n"])
def test_an_ambiguous_alias_is_rejected(text: str) -> None:
    assert read_yaml(SourceText(text), TOLERANT).defects


def test_tags_are_kept_and_reported() -> None:
    stream = read_yaml(SourceText("a: !Sub b\nc: d\n"), TOLERANT)
    (root,) = stream.documents
    assert isinstance(root, MapNode)
    assert [value.tag for _, value in root.children.values()] == ["!Sub", ""]
    assert stream.has_tags
    assert not read_yaml(SourceText("a: b\n"), TOLERANT).has_tags


def test_each_document_of_a_stream_is_read() -> None:
    stream = read_yaml(SourceText("a: 1\n---\n---\n- b\n"), TOLERANT)
    assert [plain(root) for root in stream.documents] == [{"a": 1}, None, ["b"]]
    assert read_yaml(SourceText("# nothing\n"), TOLERANT).documents == ()


def test_a_text_with_more_values_than_the_dialect_allows_is_rejected() -> None:
    few = Dialect(deepest=9, most_events=20, is_strict=False, quote=repr)
    assert [defect.kind for defect in read_yaml(SourceText("- a\n" * 30), few).defects] == ["too-many"]
