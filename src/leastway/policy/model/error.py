"""The one error of the policy language."""

from __future__ import annotations

from leastway.errors import InvalidInputError

__all__ = ["PolicyError"]


class PolicyError(InvalidInputError):
    """A policy, or a request about one, that cannot be accepted.

    `pointer` is the RFC 6901 JSON pointer of the place, empty for the whole document. `line` and `column` count from
    one, and are there only when the policy was read from text.
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
        position = f"{line}:{column}" if line is not None else None
        file_place = ":".join(part for part in (name, position) if part)
        super().__init__(what, where=" ".join(part for part in (file_place, pointer) if part) or None, fix=fix)
        self.pointer = pointer
        self.line = line
        self.column = column
        self.name = name
