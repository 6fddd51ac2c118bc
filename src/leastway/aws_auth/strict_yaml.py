"""Reads the YAML of one section so strictly that no two parsers can disagree about it.

The authenticator reads YAML 1.1 with Go's port of libyaml, then converts it to JSON. Whatever other parsers may read
differently is rejected here: several documents, directives, tags, anchors, aliases, merge keys, repeated keys,
characters that only some parsers treat as line breaks, tabs as indentation, escapes that only JSON has, and `.nan` and
`.inf`, which JSON cannot represent.
Source: kubernetes-sigs/aws-iam-authenticator, package mapper/configmap; sigs.k8s.io/yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leastway.aws_auth.flaw import FlawKind
from leastway.aws_auth.tree import Fields, Items, Scalar, YamlValue

if TYPE_CHECKING:
    from ruamel.yaml.events import Event

__all__ = ["RefusedYamlError", "read"]

_RARE = re.compile("[\x85\u2028\u2029\ufeff\v\f\x1c\x1d\x1e]|\r(?!\n)")
_TAB = re.compile(r"^ *\t", re.MULTILINE)
_ESCAPE = re.compile(r"(?<!\\)(\\\\)*\\(/|u[dD][89a-fA-F])")
_DEEPEST = 32
"""Levels of lists and mappings; a valid section has three."""
_TOO_DEEP = re.compile(rf"(?:[\[{{]\s*+){{{_DEEPEST + 1}}}")
_NO_JSON = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)


class RefusedYamlError(Exception):
    """The text was rejected: the kind of flaw, the line (from 1; 0 is the whole text), and the problem."""

    def __init__(self, kind: FlawKind, line: int, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.line = line
        self.message = message


def read(text: str) -> YamlValue | None:
    """Return the value of `text`, None if it is empty. Raises RefusedYamlError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    for pattern, what in (
        (_RARE, "a character that only some parsers treat as a line break"),
        (_TAB, "a tab as indentation"),
    ):
        if found := pattern.search(text):
            raise _unusual(text.count("\n", 0, found.start()) + 1, what)
    if found := _TOO_DEEP.search(text):  # the parser itself would take a second to reject it
        line = text.count("\n", 0, found.start()) + 1
        raise RefusedYamlError(FlawKind.UNUSUAL_YAML, line, f"lists and mappings nested deeper than {_DEEPEST} levels")
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 1)
    try:
        return _Composer(text, iter(reader.parse(text))).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "this is not valid YAML")
        raise RefusedYamlError(FlawKind.UNPARSEABLE, mark.line + 1 if mark else 0, problem) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise RefusedYamlError(FlawKind.UNPARSEABLE, 0, str(error).partition("\n")[0]) from error


@dataclass(frozen=True, slots=True)
class _Composer:
    """Builds the value of one text from its events."""

    text: str
    events: Iterator[Event]

    def document(self) -> YamlValue | None:
        root: YamlValue | None = None
        documents = 0
        for event in self.events:
            match type(event).__name__:
                case "DocumentStartEvent":
                    documents += 1
                    if documents > 1 or _of(event, "version") or _of(event, "tags"):
                        raise _unusual(_line(event), "a second document, or a directive")
                case "DocumentEndEvent":
                    if _of(event, "explicit"):
                        raise _unusual(_line(event), "an end-of-document marker")
                case "StreamStartEvent" | "StreamEndEvent":
                    pass
                case _:
                    root = self._value(event, in_flow=False, depth=0)
        return root

    def _value(self, event: Event, *, in_flow: bool, depth: int) -> YamlValue:
        """Return the value that starts with `event`."""
        name, line = type(event).__name__, _line(event)
        if depth > _DEEPEST:
            raise RefusedYamlError(
                FlawKind.UNUSUAL_YAML, line, f"lists and mappings nested deeper than {_DEEPEST} levels"
            )
        start, end = int(event.start_mark.index), int(event.end_mark.index)
        if name == "AliasEvent" or _of(event, "anchor") or _of(event, "tag"):
            raise _unusual(line, "an anchor, an alias or a tag")
        if name == "ScalarEvent":
            is_plain = self.text[start:end] == "" or self.text[start] not in "\"'|>"
            return self._checked(Scalar(line, start, end, _of(event, "value"), is_plain), in_flow=in_flow)
        is_flow = bool(_of(event, "flow_style"))
        values: list[YamlValue] = []
        inner = next(self.events)
        while not type(inner).__name__.endswith("EndEvent"):
            values.append(self._value(inner, in_flow=in_flow or is_flow, depth=depth + 1))
            inner = next(self.events)
        end = int(inner.end_mark.index) if is_flow else values[-1].end
        if name == "SequenceStartEvent":
            return Items(line, start, end, int(event.start_mark.column), is_flow, tuple(values))
        return Fields(line, start, end, is_flow, tuple(_pairs(values)))

    def _checked(self, scalar: Scalar, *, in_flow: bool) -> Scalar:
        raw = self.text[scalar.start : scalar.end]
        if raw.startswith('"') and _ESCAPE.search(raw):
            raise _unusual(scalar.line, "an escape that only JSON has")
        if scalar.is_plain and _NO_JSON.fullmatch(scalar.text):
            raise _unusual(scalar.line, f"{scalar.text}")
        if scalar.is_plain and in_flow and scalar.text.startswith((":", "?")):
            raise _unusual(scalar.line, f"{scalar.text!r} without quotes in brackets")
        return scalar


def _pairs(values: list[YamlValue]) -> Iterator[tuple[Scalar, YamlValue]]:
    seen: set[str] = set()
    for key, value in zip(values[::2], values[1::2], strict=True):
        if not isinstance(key, Scalar) or not key.is_text:
            raise _unusual(key.line, "a key that is not a string")
        if (
            not key.text.isascii() and key.text.casefold().isascii()
        ):  # Go's JSON decoder compares keys with case folding
            raise _unusual(key.line, f"the letters of the key {key.text!r}")
        if key.text.lower() in seen:
            raise RefusedYamlError(FlawKind.DUPLICATE_KEY, key.line, f"the key {key.text!r} appears twice in one entry")
        seen.add(key.text.lower())
        yield key, value


def _of(event: Event, name: str) -> Any:
    return getattr(event, name, None)


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _unusual(line: int, what: str) -> RefusedYamlError:
    return RefusedYamlError(FlawKind.UNUSUAL_YAML, line, f"{what}: parsers read this differently")
