"""One value or several: the shape that most policy elements have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Values"]


@dataclass(frozen=True, slots=True)
class Values:
    """The strings of an element, in their order, and how they were written.

    `single`: written as one value rather than as a list. `bare`: the indexes of those written without quotes, as JSON
    allows for numbers and booleans of conditions; their text is the JSON literal, `true` or `10`.
    """

    items: tuple[str, ...]
    single: bool = False
    bare: tuple[int, ...] = ()

    @classmethod
    def of(cls, *items: str) -> Values:
        """Return `items` as IAM's console writes them: one alone, several as a list."""
        return cls(items, single=len(items) == 1)

    def __iter__(self) -> Iterator[str]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
