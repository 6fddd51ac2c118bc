"""Reading YAML into a tree of nodes, as strictly as a dialect requires.

A strict dialect accepts one document of mappings with scalar keys, lists and scalars. It rejects what hides meaning:
anchors, aliases and merge keys (which make alias bombs possible), tags, keys that are lists or mappings, several
documents, and characters that make a text look different from what it says. A tolerant dialect accepts these: an alias
is the node that it refers to, so the tree may contain itself, and code that walks it needs a limit; a key that is a
list or a mapping is dropped with its value. Both reject duplicate keys, and text that is deeper or larger than the
dialect allows.

The events come from PyYAML's binding of libyaml, which is about fifteen times as fast as its parser in Python. If the
binding is missing, the Python parser produces the same events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from leastway.source.node import MapNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leastway.source.text import SourceText

__all__ = ["Defect", "Dialect", "YamlStream", "read_yaml"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_DEFECTS = 200

# YAML 1.2, production c-printable; then the characters that display text in a different order than it is read.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAB_INDENT = re.compile(r"(?m)^[ ]*\t")
_OTHER_SPACE = re.compile("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]")
_TYPOGRAPHIC = re.compile("[\u2018\u201a\u201c\u201e\u00ab\u2019\u201d].*[\u2018\u2019\u201c\u201d\u00bb]")
_REFUSED_KEY = ScalarNode(0, 0)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is accepted as YAML: the most levels and events, and whether features that hide meaning are rejected.

    `quote` formats a part of the text for a message.
    """

    deepest: int
    most_events: int
    is_strict: bool
    quote: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Defect:
    """A reason why a text is rejected, at the offsets `start` to `end`; `kind` names it in kebab case."""

    kind: str
    start: int
    end: int
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class YamlStream:
    """The documents of a text and its defects. If a defect stopped the reading, there are no documents."""

    documents: tuple[Node, ...]
    defects: tuple[Defect, ...]
    has_tags: bool = False
    """Whether any value has a tag, which may change its meaning."""


def read_yaml(source: SourceText, dialect: Dialect) -> YamlStream:
    """Read all documents of `source`."""
    if illegible := tuple(_illegible(source.text, dialect)):
        return YamlStream((), illegible)
    reader = _Reader(source, dialect)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            reader.take(event)
            if reader.stopped:
                return YamlStream((), tuple(reader.defects), reader.has_tags)
    except yaml.YAMLError as error:
        return YamlStream((), (*reader.defects, _syntax_defect(source.text, error)), reader.has_tags)
    return YamlStream(tuple(reader.documents), tuple(reader.defects), reader.has_tags)


def _illegible(text: str, dialect: Dialect) -> Iterator[Defect]:
    if match := _UNPRINTABLE.search(text):
        name = f"U+{ord(match.group()):04X}"
        yield Defect("yaml-syntax", *match.span(), f"the control character {name} is not allowed", "delete it")
        return
    for match in _REORDERING.finditer(text) if dialect.is_strict else ():
        name = f"U+{ord(match.group()):04X}"
        message = f"the character {name} makes the text look different from what it says"
        yield Defect("hidden-character", *match.span(), message, "delete it")


def _syntax_defect(text: str, error: yaml.YAMLError) -> Defect:
    """Describe a syntax error with the parser's own message; a tab in the indentation gets a clearer one."""
    offset, words = 0, ""
    if isinstance(error, yaml.MarkedYAMLError):
        opened = re.search("flow|quoted", error.context or "")
        without_colon = error.context == "while scanning a simple key"
        mark = (error.context_mark if opened or without_colon else None) or error.problem_mark or error.context_mark
        offset = (mark.index or 0) if mark else 0
        if without_colon:
            return _colon_defect(text, offset)
        words = "".join(f" {part}" for part in (error.context, error.problem) if part)
    line_start = text.rfind("\n", 0, offset) + 1
    if tab := _TAB_INDENT.match(text, line_start):
        message = "the line is indented with a tab, but YAML allows only spaces"
        return Defect("tab", tab.end() - 1, tab.end(), message, "indent it with spaces")
    fix = "check the indentation and the quotes here and on the line above"
    message = f"this is not valid YAML{words and ':'}{words}"
    return Defect("yaml-syntax", offset, offset + 1, message, fix)


def _colon_defect(text: str, start: int) -> Defect:
    """Describe a line without a colon and a space: the parser notices it only at the next line."""
    line = text[start:].splitlines()[0].rstrip()
    if space := _OTHER_SPACE.search(line):
        message = f"the character U+{ord(space.group()):04X} looks like a space, but is none in YAML"
        at = start + space.start()
        return Defect("yaml-syntax", at, at + 1, message, "write an ordinary space")
    message = "this is not valid YAML: a colon and a space must follow the name of a field"
    fix = "write a space after the colon" if ":" in line else "write a colon and a space after the name"
    return Defect("yaml-syntax", start, start + len(line), message, fix)


def _span(event: yaml.Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise AssertionError("every parsed event has marks")
    return start.index, end.index


class _Reader:
    """Builds the nodes from the parser's events, without recursion."""

    def __init__(self, source: SourceText, dialect: Dialect) -> None:
        self.documents: list[Node] = []
        self.defects: list[Defect] = []
        self.stopped = False
        self.has_tags = False
        self._source = source
        self._dialect = dialect
        self._quote = dialect.quote
        self._events = 0
        self._starts = 0
        self._open: list[MapNode | SequenceNode | None] = []
        self._anchors: dict[str, Node] = {}

    def take(self, event: yaml.Event) -> None:
        start, end = _span(event)
        self._events += 1
        if self._events > self._dialect.most_events:
            message = f"the file has more than {self._dialect.most_events:,} values"
            self._stop("too-many", start, end, message, "check that this is the right file")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._begin_document(start, end)
        elif isinstance(event, yaml.ScalarEvent):
            bare = not event.style and bool(event.implicit[0])
            node = ScalarNode(start, end, event.value, bare)
            self._check_features(event, node)
            self._check_quotes(node)
            self._place(node)
        elif isinstance(event, yaml.MappingStartEvent):
            self._enter(event, MapNode(start, end))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._enter(event, SequenceNode(start, end))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop()
            if closed is not None:
                closed.end = end
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(str(event.anchor), start, end)

    def _begin_document(self, start: int, end: int) -> None:
        self._anchors.clear()
        self._starts += 1
        if self._starts > 1 and self._dialect.is_strict:
            message = "a second document begins here"
            self._stop("several-documents", start, end, message, "keep one document per file")

    def _take_alias(self, anchor: str, start: int, end: int) -> None:
        alias = f"*{anchor}"
        if self._dialect.is_strict:
            self._refuse_feature(start, end, f"the alias {self._quote(alias)}")
            self._place(ScalarNode(start, end, alias))
        elif (node := self._anchors.get(anchor)) is not None:
            self._place(node)
        else:
            message = f"the alias {self._quote(alias)} has no anchor before it"
            self._stop("yaml-syntax", start, end, message, "write the value in its place")

    def _enter(self, event: yaml.CollectionStartEvent, node: MapNode | SequenceNode) -> None:
        self._check_features(event, node)
        self._open.append(node if self._place(node) else None)
        if len(self._open) > self._dialect.deepest:
            message = "the value is nested too deeply"
            self._stop("too-deep", node.start, node.end, message, "check the brackets before it")

    def _place(self, node: Node) -> bool:
        """Add `node` to its parent; return False if the parent was rejected."""
        if not self._open:
            self.documents.append(node)
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
            if self._dialect.is_strict:
                self._refuse_key(parent, node)
            return False
        if node.text == "<<" and node.bare and self._dialect.is_strict:
            parent.key = _REFUSED_KEY
            self._refuse_feature(node.start, node.end, "the merge key <<")
            return True
        if (first := parent.children.get(node.text)) is not None:
            line = self._source.position(first[0].start, first[0].end).line
            message = f"{self._quote(node.text)} appears twice in this mapping, first on line {line}"
            self._add("duplicate-key", node.start, node.end, message, "keep one of the two")
        parent.key = node
        return True

    def _refuse_key(self, parent: MapNode, node: Node) -> None:
        if self._source.text.startswith("{{", parent.start):
            message = "this is a template placeholder"
            self._add("placeholder", parent.start, node.end + 1, message, "write the value in its place")
        else:
            self._refuse_feature(node.start, node.end, "a key that is a list or a mapping")

    def _check_features(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, node: Node) -> None:
        if event.anchor is not None:
            if self._dialect.is_strict:
                self._refuse_feature(node.start, node.end, f"the anchor {self._quote('&' + event.anchor)}")
            elif event.anchor in self._anchors:
                message = f"the anchor {self._quote('&' + event.anchor)} appears twice"
                self._add("yaml-feature", node.start, node.end, message, "give each anchor its own name")
            self._anchors[event.anchor] = node
        if event.tag is not None:
            self.has_tags = True
            node.tag = event.tag
            if self._dialect.is_strict:
                self._refuse_feature(node.start, node.end, f"the tag {self._quote(event.tag)}")

    def _check_quotes(self, node: ScalarNode) -> None:
        """Reject a value in quotes of a word processor, which are part of the value."""
        if self._dialect.is_strict and node.bare and _TYPOGRAPHIC.fullmatch(node.text):
            message = (
                f"the character U+{ord(node.text[0]):04X} looks like a quote, but YAML reads it as part of the value"
            )
            self._add("hidden-character", node.start, node.end, message, 'write " around the value')

    def _refuse_feature(self, start: int, end: int, feature: str) -> None:
        fix = "write the value out instead"
        self._add("yaml-feature", start, end, f"{feature} is not supported in this format", fix)

    def _add(self, kind: str, start: int, end: int, message: str, fix: str) -> None:
        self.defects.append(Defect(kind, start, end, message, fix))
        self.stopped = self.stopped or len(self.defects) >= _MOST_DEFECTS

    def _stop(self, kind: str, start: int, end: int, message: str, fix: str) -> None:
        self._add(kind, start, end, message, fix)
        self.stopped = True
