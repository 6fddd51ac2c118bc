"""Format HCL as `terraform fmt` does: two spaces per level, and equals signs in one column.

The equals signs of consecutive lines are aligned. A line whose value continues on the next one is not aligned, and ends
the group (hclwrite, `formatCells`).

In quotes, `${` and `%{` begin a template; doubling the sign before the brace escapes it (HCL Native Syntax
Specification, "Template Expressions" and "Identifiers").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from leastway.export.hcl.syntax import Attribute, Block, Comment, Expression, FunctionCall, Item, ObjectOf, Value
from leastway.shown import shown

__all__ = ["hcl_text"]


_INDENT = "  "


@dataclass(frozen=True, slots=True)
class _Line:
    """One line; with `value`, it is `key = value` with an equals sign that can be aligned."""

    depth: int
    text: str
    value: str | None = None


def hcl_text(items: Iterable[Item]) -> str:
    """Return the text of a file: blocks are separated by empty lines, other items are not."""
    return "".join(f"{line}\n" for line in _aligned(_items(tuple(items), 0)))


def _aligned(lines: Iterator[_Line]) -> Iterator[str]:
    for is_run, group in groupby(lines, key=lambda line: line.value is not None and line.depth + 1):
        run = list(group)
        width = max(len(line.text) for line in run) if is_run else 0
        for line in run:
            text = line.text if line.value is None else f"{line.text:{width}} = {line.value}"
            yield _INDENT * line.depth + text if text else ""


def _items(items: tuple[Item, ...], depth: int) -> Iterator[_Line]:
    before: Item | None = None
    for item in items:
        if before is not None and (isinstance(item, Block) or isinstance(before, Block)) and not _heads(before, item):
            yield _Line(0, "")
        before = item
        match item:
            case Comment(text):
                yield _Line(depth, f"# {shown(text)}".rstrip())
            case Attribute(name, value):
                yield from _assigned(name, value, depth)
            case Block(kind, labels, inner):
                head = " ".join((kind, *map(_quoted, labels)))
                if not inner:
                    yield _Line(depth, f"{head} {{}}")
                    continue
                yield _Line(depth, f"{head} {{")
                yield from _items(inner, depth + 1)
                yield _Line(depth, "}")


def _heads(before: Item, item: Item) -> bool:
    """Whether `before` is a comment on the block `item`."""
    return isinstance(before, Comment) and isinstance(item, Block)


def _assigned(name: str, value: Value, depth: int) -> Iterator[_Line]:
    lines = list(_value(value, depth))
    if len(lines) == 1:
        yield _Line(depth, name, lines[0].text)
        return
    yield replace(lines[0], depth=depth, text=f"{name} = {lines[0].text}")
    yield from lines[1:]


def _value(value: Value, depth: int) -> Iterator[_Line]:
    """Yield the lines of a value; the caller writes what comes before the first one."""
    match value:
        case bool():
            yield _Line(depth, "true" if value else "false")
        case int():
            yield _Line(depth, str(value))
        case str():
            yield _Line(depth, _quoted(value))
        case Expression(text):
            yield _Line(depth, text)
        case FunctionCall(function, arguments):
            yield from _call(function, arguments, depth)
        case ObjectOf(items):
            yield from _object(items, depth)
        case Mapping():
            yield from _object(tuple(value.items()), depth)
        case Sequence():
            yield from _list(value, depth)


def _call(function: str, arguments: tuple[Value, ...], depth: int) -> Iterator[_Line]:
    *first, last = arguments
    given = "".join(f"{next(_value(argument, depth)).text}, " for argument in first)
    opening, *inside = _value(last, depth)
    if not inside:
        yield _Line(depth, f"{function}({given}{opening.text})")
        return
    *middle, closing = inside
    yield _Line(depth, f"{function}({given}{opening.text}")
    yield from middle
    yield replace(closing, text=f"{closing.text})")


def _object(items: tuple[tuple[str | Expression, Value], ...], depth: int) -> Iterator[_Line]:
    if not items:
        yield _Line(depth, "{}")
        return
    yield _Line(depth, "{")
    for key, value in items:
        yield from _assigned(_key(key), value, depth + 1)
    yield _Line(depth, "}")


def _key(key: str | Expression) -> str:
    if isinstance(key, Expression):
        return f"({key.text})"
    return str(key) if _is_identifier(key) else _quoted(key)


def _list(values: Sequence[Value], depth: int) -> Iterator[_Line]:
    single = [next(iter(_value(value, depth))).text for value in values] if len(values) < 2 else []
    if len(values) == 0 or (len(values) == 1 and len(list(_value(values[0], depth))) == 1):
        yield _Line(depth, f"[{single[0] if single else ''}]")
        return
    yield _Line(depth, "[")
    for value in values:
        *lines, last = _value(value, depth + 1)
        yield from lines
        yield replace(last, depth=depth + 1, text=f"{last.text},")
    yield _Line(depth, "]")


_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TEMPLATE = re.compile(r"([$%])(?=\{)")


def _is_identifier(text: str) -> bool:
    """Return whether a key of an object needs no quotes."""
    return _IDENTIFIER.fullmatch(text) is not None


def _quoted(text: str) -> str:
    """Return a text in quotes, with everything escaped that has a special meaning."""
    inside = "".join(map(_character, _TEMPLATE.sub(r"\1\1", text)))
    return f'"{inside}"'


def _character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
