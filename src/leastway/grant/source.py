"""A file of a grant: its text, its tree, and problems at positions in it. Secrets are masked in all that it shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.grant.problem import Problem
from leastway.primitives import read_file
from leastway.registry import mask
from leastway.source import ScalarNode, SourceText, decoded
from leastway.source.yaml_tree import Dialect, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leastway.source import Node

__all__ = ["LARGEST_GRANT", "GrantFile", "Tree", "quote", "read_tree"]

LARGEST_GRANT = 16 << 20
"""In bytes; ten thousand accounts are about four megabytes."""

_QUOTED_CHARACTERS = 60
_LONGEST_LINE = 100_000


def quote(text: str) -> str:
    """Return `text` in quotes for a message: masked, shortened if long, with escapes for unprintable characters."""
    text = mask(text[:_LONGEST_LINE])
    return repr(text if len(text) <= _QUOTED_CHARACTERS else text[: _QUOTED_CHARACTERS - 3] + "...")


_DIALECT = Dialect(deepest=24, most_events=1_000_000, is_strict=True, quote=quote)
"""Ten thousand accounts need a third of these events."""


class GrantFile(SourceText):
    """The text of one file: a grant, or one that a grant names."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text, str(path))
        self.path = path
        self._masked_lines: dict[int, str] = {}

    @classmethod
    def read(cls, path: Path, *, limit: int) -> GrantFile:
        """Read `path` as UTF-8. Errors: InvalidInputError if it is not a regular file, too large or not UTF-8."""
        return cls(path, decoded(read_file(path, limit=limit), str(path)))

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, as `sha256:` and hexadecimal digits."""
        return f"sha256:{hashlib.sha256(self.text.encode()).hexdigest()}"

    def problem(self, rule: str, start: int, end: int, message: str, fix: str) -> Problem:
        """Return a problem at the offsets `start` to `end`, with secrets masked."""
        position = self.position_in_line(start, end)
        return Problem(rule, mask(message), mask(fix), self.path, position, self._masked_line(position.line))

    def _masked_line(self, number: int) -> str:
        """Return a line with secrets masked, or nothing if it is longer than a person would write."""
        if number not in self._masked_lines:
            if self.line_length(number) > _LONGEST_LINE:
                return ""  # nobody could find a position in it, and masking it takes long
            self._masked_lines[number] = mask(self.line(number)).rstrip()
        return self._masked_lines[number]


@dataclass(frozen=True, slots=True)
class Tree:
    """The root of a document and the file that it was read from."""

    source: GrantFile
    root: Node

    def problem(self, rule: str, node: Node, message: str, fix: str) -> Problem:
        """Return a problem at `node`."""
        return self.source.problem(rule, node.start, node.end, message, fix)

    def scalars(self) -> Iterator[ScalarNode]:
        """Yield every scalar value, in no particular order; keys are not included."""
        pending = [self.root]
        while pending:
            node = pending.pop()
            if isinstance(node, ScalarNode):
                yield node
            pending.extend(node.items())
            pending.extend(value for _, value in node.entries().values())


def read_tree(source: GrantFile) -> tuple[Tree | None, list[Problem]]:
    """Read one YAML document; with any problem, the tree may be None."""
    stream = read_yaml(source, _DIALECT)
    problems = [source.problem(one.kind, one.start, one.end, one.message, one.fix) for one in stream.defects]
    if stream.documents:
        return Tree(source, stream.documents[0]), problems
    if not problems:
        problems.append(source.problem("empty-file", 0, 1, "the file is empty", "create one with `leastway init`"))
    return None, problems
