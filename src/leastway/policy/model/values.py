"""One value or several, the form of most policy elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Values"]


@dataclass(frozen=True, slots=True)
class Values:
    """The strings of an element, in order, and how they were written.

    `single`: written as one value, not as a list. `bare`: the indexes of the values written without quotes, as JSON
    allows for numbers and booleans in conditions; their text is the JSON literal, such as `true` or `10`.
    """

    items: tuple[str, ...]
    single: bool = False
    bare: tuple[int, ...] = ()

    @classmethod
    def of(cls, *items: str) -> Values:
        """Return `items` as the IAM console writes them: one item as a single value, several as a list."""
        return cls(items, single=len(items) == 1)

    def __iter__(self) -> Iterator[str]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
