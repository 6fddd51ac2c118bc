"""Reading YAML into a tree of nodes: a strict subset of it.

One document, maps with plain keys, lists and scalars. What hides meaning is refused by name: duplicate keys, anchors,
aliases and merges (the way of alias bombs), tags, keys that are maps, several documents, and characters that make a
text look different from what it is.

The events come from PyYAML's binding of libyaml, which is some fifteen times as fast as a parser in Python; where the
binding is missing, PyYAML's own parser gives the same events.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from leastway.grant.source import SourceText, quote
from leastway.grant.yaml_node import MapNode, Node, ScalarNode, SequenceNode, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem

__all__ = ["read_tree"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 24
_MOST_PROBLEMS = 200
_MOST_EVENTS = 1_000_000
"""Ten thousand accounts are a third of it."""

# YAML 1.2, production c-printable; then the characters by which a text shows in another order than it is read.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAB_INDENT = re.compile(r"(?m)^[ ]*\t")


def read_tree(source: SourceText) -> tuple[Tree | None, list[Problem]]:
    """Read one YAML document; with any problem there may be no tree."""
    if problems := list(_illegible(source)):
        return None, problems
    reader = _Reader(source)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            reader.take(event)
            if reader.stopped:
                return None, reader.problems
    except yaml.MarkedYAMLError as error:
        return None, [*reader.problems, _syntax_problem(source, error)]
    if reader.root is None:
        reader.problems.append(
            source.problem("empty-file", 0, 1, "the file is empty", "write one with `leastway init`")
        )
        return None, reader.problems
    return Tree(source, reader.root), reader.problems


def _illegible(source: SourceText) -> Iterator[Problem]:
    for match in _UNPRINTABLE.finditer(source.text):
        name = f"U+{ord(match.group()):04X}"
        yield source.problem(
            "yaml-syntax", match.start(), match.end(), f"the control character {name} is not allowed", "delete it"
        )
        return
    for match in _REORDERING.finditer(source.text):
        name = f"U+{ord(match.group()):04X}"
        message = f"the character {name} makes the text look different from what it says"
        yield source.problem("hidden-character", match.start(), match.end(), message, "delete it")


def _syntax_problem(source: SourceText, error: yaml.MarkedYAMLError) -> Problem:
    """Say what the parser could not read, in its own words but for the tab, which it does not name."""
    opened = re.search("flow|quoted", error.context or "")
    mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    offset = (mark.index or 0) if mark else 0
    line_start = source.text.rfind("\n", 0, offset) + 1
    if tab := _TAB_INDENT.match(source.text, line_start):
        message = "the line is indented with a tab, and YAML takes spaces only"
        return source.problem("tab", tab.end() - 1, tab.end(), message, "indent it with spaces")
    words = " ".join(part for part in (error.context, error.problem) if part) or "is no YAML"
    fix = "check the indentation and the quotes here and on the line above"
    return source.problem("yaml-syntax", offset, offset + 1, f"this cannot be read as YAML: {words}", fix)


_REFUSED_KEY = ScalarNode(0, 0)


def _span(event: yaml.Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise AssertionError("an event that was parsed has marks")
    return start.index, end.index


class _Reader:
    """Takes the parser's events one by one and builds the nodes, without recursion."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.stopped = False
        self._documents = 0
        self._events = 0
        self._open: list[MapNode | SequenceNode | None] = []

    def take(self, event: yaml.Event) -> None:
        start, end = _span(event)
        self._events += 1
        if self._events > _MOST_EVENTS:
            message = f"the file has more than {_MOST_EVENTS:,} values, which no grant needs"
            self._stop("too-many", start, end, message, "check that this is the right file")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                fix = "keep one document in a file: one grant, one file"
                self._stop("several-documents", start, end, "a second document begins here", fix)
        elif isinstance(event, yaml.ScalarEvent):
            self._check_features(event)
            bare = not event.style and bool(event.implicit[0])
            self._place(ScalarNode(start, end, event.value, bare))
        elif isinstance(event, yaml.MappingStartEvent):
            self._enter(event, MapNode(start, end))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._enter(event, SequenceNode(start, end))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop()
            if closed is not None:
                closed.end = end
        elif isinstance(event, yaml.AliasEvent):
            alias = f"*{event.anchor}"
            self._refuse_feature(start, end, f"the alias {quote(alias)}")
            self._place(ScalarNode(start, end, alias))

    def _enter(self, event: yaml.CollectionStartEvent, node: MapNode | SequenceNode) -> None:
        self._check_features(event)
        self._open.append(node if self._place(node) else None)
        if len(self._open) > _DEEPEST:
            self._stop("too-deep", node.start, node.end, "this is nested too deeply", "check the brackets before it")

    def _place(self, node: Node) -> bool:
        """Put `node` where the text has it; False for what belongs to a part that was refused."""
        if not self._open:
            self.root = self.root or node
            return True
        parent = self._open[-1]
        if parent is None:
            return False
        if isinstance(parent, SequenceNode):
            parent.elements.append(node)
            return True
        if parent.key is None:
            return self._take_key(parent, node)
        key, parent.key = parent.key, None
        if key is _REFUSED_KEY:
            return False
        parent.children.setdefault(key.text, (key, node))
        return True

    def _take_key(self, parent: MapNode, node: Node) -> bool:
        if not isinstance(node, ScalarNode):
            parent.key = _REFUSED_KEY
            if self.source.text.startswith("{{", parent.start):
                message = "this is the placeholder of a template"
                self._add("placeholder", parent.start, node.end + 1, message, "write the value in its place")
            else:
                self._refuse_feature(node.start, node.end, "a key that is a list or a map")
            return False
        if node.text == "<<" and node.bare:
            parent.key = _REFUSED_KEY
            self._refuse_feature(node.start, node.end, "the merge key <<")
            return True
        if (first := parent.children.get(node.text)) is not None:
            line = self.source.position(first[0].start, first[0].end).line
            message = f"{quote(node.text)} stands twice in one map, first on line {line}"
            self._add("duplicate-key", node.start, node.end, message, "keep one of the two")
        parent.key = node
        return True

    def _check_features(self, event: yaml.NodeEvent) -> None:
        start, end = _span(event)
        if event.anchor is not None:
            self._refuse_feature(start, end, f"the anchor {quote('&' + event.anchor)}")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse_feature(start, end, f"the tag {quote(tag)}")

    def _refuse_feature(self, start: int, end: int, feature: str) -> None:
        fix = "write the value out where it belongs"
        self._add("yaml-feature", start, end, f"{feature} is not part of this format", fix)

    def _add(self, rule: str, start: int, end: int, message: str, fix: str) -> None:
        self.problems.append(self.source.problem(rule, start, end, message, fix))
        self.stopped = self.stopped or len(self.problems) >= _MOST_PROBLEMS

    def _stop(self, rule: str, start: int, end: int, message: str, fix: str) -> None:
        self._add(rule, start, end, message, fix)
        self.stopped = True
