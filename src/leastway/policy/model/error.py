"""The error of the policy language."""

from __future__ import annotations

from leastway.errors import InvalidInputError

__all__ = ["PolicyError"]


class PolicyError(InvalidInputError):
    """A policy, or a request about one, that cannot be accepted.

    `pointer` is the RFC 6901 JSON pointer of the place, empty for the whole document. `line` and `column` count from
    one; they are known only if the policy was read from text, and the column may still be unknown.
    """

    def __init__(
        self,
        what: str,
        *,
        pointer: str = "",
        line: int | None = None,
        column: int | None = None,
        name: str | None = None,
        fix: str | None = None,
    ) -> None:
        numbers = [str(number) for number in (line, column) if number is not None]
        file_place = ":".join([name, *numbers] if name else numbers)
        super().__init__(what, where=" ".join(part for part in (file_place, pointer) if part) or None, fix=fix)
        self.pointer = pointer
        self.line = line
        self.column = column
        self.name = name
