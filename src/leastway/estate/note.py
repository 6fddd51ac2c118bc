"""What a person should know whenever a grant is looked at."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Note"]


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: `where` names the part of the grant; `is_unsafe` that it is dangerous on purpose."""

    where: str
    text: str
    is_unsafe: bool = False
