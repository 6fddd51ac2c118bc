"""The blocks of a Terraform file, with their positions, also of a file that is not valid HCL.

A block that is left open takes those below it as its own, so in a broken file blocks count wherever they are. Files are
bounded in size and depth before they are parsed, and the tree is walked without recursion.
Source: HCL Native Syntax Specification; tree-sitter-hcl's grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from leastway.errors import InvalidInputError, LeastwayError
from leastway.source import Position, SourceText, decoded

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["LARGEST_FILE", "Module", "ModuleFile", "ModuleFileError", "ParsedBlock", "read_module_file"]

LARGEST_FILE: Final = 1 << 20
"""Bytes. Terraform files that people write have a few kilobytes."""
_DEEPEST: Final = 100
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}()")


class ModuleFileError(InvalidInputError):
    """A file that is not parsed at all; `line` counts from one."""

    def __init__(self, what: str, *, where: str, fix: str, line: int | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self.line = line


@dataclass(slots=True, eq=False)
class ParsedBlock:
    """A block: its type, its labels, its attributes with the texts of their values, and the blocks in it.

    `position` is that of its first line's words, `type "label"`.
    """

    type: str
    labels: tuple[str, ...]
    position: Position
    attributes: dict[str, str] = field(default_factory=dict)
    blocks: list[ParsedBlock] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The type and labels, joined by dots."""
        return ".".join((self.type, *self.labels))

    def has_block(self, type_: str) -> bool:
        """Return whether it has a block of this type, also a dynamic one."""
        return any(one.type == type_ or one.address == f"dynamic.{type_}" for one in self.blocks)


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """One file: its blocks, outer ones first, and where the text is not valid HCL; None where it is."""

    text: SourceText
    name: str
    blocks: tuple[ParsedBlock, ...]
    broken: Position | None = None

    def of_type(self, *types: str) -> Iterator[ParsedBlock]:
        """Yield the blocks of these types: the outer ones, and in a broken file all."""
        for block in self.every() if self.broken else self.blocks:
            if block.type in types:
                yield block

    def every(self) -> Iterator[ParsedBlock]:
        """Yield every block, at any depth."""
        todo = list(reversed(self.blocks))
        while todo:
            block = todo.pop()
            yield block
            todo.extend(reversed(block.blocks))


@dataclass(frozen=True, slots=True)
class Module:
    """The files of a module by their path in its folder; those in the folder itself are the root module."""

    files: Mapping[str, ModuleFile]

    def root(self) -> Iterator[ModuleFile]:
        """Yield the files of the root module, whose variables and backend count."""
        return (file for path, file in self.files.items() if "/" not in path)


def read_module_file(content: bytes, name: str) -> ModuleFile:
    """Read a file. Errors: ModuleFileError if it is not parsed; LeastwayError if tree-sitter is not installed."""
    if len(content) > LARGEST_FILE:
        raise ModuleFileError(
            f"the file is larger than {LARGEST_FILE >> 20} MiB", where=name, fix="split it, or generate less of it"
        )
    try:
        whole = decoded(content, name)
    except InvalidInputError as error:
        raise ModuleFileError(error.what, where=name, fix=error.fix or "") from error
    if (offset := _too_deep(content)) is not None:
        line = content.count(b"\n", 0, offset) + 1
        raise ModuleFileError(
            f"brackets are nested deeper than {_DEEPEST} levels", where=name, fix="close what is left open", line=line
        )
    text, data = SourceText(whole, name), whole.encode()
    tree = _parser().parse(data)
    places = _Places(text, data)
    root = tree.root_node
    broken = None
    if root.has_error:
        first = _first_error(root)
        broken = text.position_in_line(*places.offsets(first))
    return ModuleFile(text, name, _blocks(root, places), broken)


def _too_deep(content: bytes) -> int | None:
    """Return the offset at which brackets, also those in strings, are nested too deeply."""
    depth = 0
    brackets = content.translate(None, _NO_BRACKETS)
    for number, byte in enumerate(brackets):
        depth = depth + 1 if byte in b"[{(" else max(0, depth - 1)
        if depth > _DEEPEST:
            return _offset_of(content, number)
    return None


def _offset_of(content: bytes, bracket: int) -> int:
    found = (offset for offset, byte in enumerate(content) if byte in b"[]{}()")
    return next(offset for number, offset in enumerate(found) if number == bracket)


class _Places:
    """Converts the byte offsets of nodes to offsets of characters."""

    def __init__(self, text: SourceText, data: bytes) -> None:
        self._text = text
        self._data = data
        self._is_plain = len(data) == len(text.text)

    def text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def offsets(self, node: Node) -> tuple[int, int]:
        return self._offset(node.start_byte), self._offset(node.end_byte)

    def position(self, start: int, end: int) -> Position:
        return self._text.position_in_line(start, end)

    def _offset(self, byte: int) -> int:
        return byte if self._is_plain else len(self._data[:byte].decode("utf-8", "ignore"))


def _blocks(root: Node, places: _Places) -> tuple[ParsedBlock, ...]:
    """Return the outer blocks. The stack holds nodes, each with the list that its blocks go into."""
    found: list[ParsedBlock] = []
    todo: list[tuple[Any, list[ParsedBlock], ParsedBlock | None]] = [(root, found, None)]
    while todo:
        node, siblings, parent = todo.pop()
        if node.type == "attribute" and parent is not None:
            name, value = _attribute(node, places)
            parent.attributes.setdefault(name, value)
            continue
        inner, owner = siblings, parent
        if node.type == "block" and (block := _block(node, places)) is not None:
            siblings.append(block)
            inner, owner = block.blocks, block
        if node.type in ("config_file", "body", "block", "ERROR"):
            todo.extend((child, inner, owner) for child in reversed(node.children))
    return tuple(found)


def _block(node: Node, places: _Places) -> ParsedBlock | None:
    heads = []
    for child in node.children:
        if child.type not in ("identifier", "string_lit"):
            break
        heads.append(child)
    if not heads:
        return None
    words = [places.text(child).strip('"') for child in heads]
    start, _ = places.offsets(heads[0])
    _, end = places.offsets(heads[-1])
    return ParsedBlock(words[0], tuple(words[1:]), places.position(start, end))


def _attribute(node: Node, places: _Places) -> tuple[str, str]:
    return places.text(node.children[0]), places.text(node.children[-1])


def _first_error(root: Node) -> Node:
    """Return the first node that is an error or was missing."""
    todo = [root]
    while todo:
        node = todo.pop()
        if node.is_missing or node.type == "ERROR":
            return node
        todo.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return root


@lru_cache(maxsize=1)
def _language() -> Any:
    try:
        import tree_sitter_hcl
        from tree_sitter import Language
    except ImportError as error:
        raise LeastwayError(
            "the check of modules is not installed", fix="install it with: python3 -m pip install 'leastway[modules]'"
        ) from error
    return Language(tree_sitter_hcl.language())


def _parser() -> Parser:
    language = _language()
    from tree_sitter import Parser

    return Parser(language)
