"""AWS account ids: twelve digits, leading zeros kept."""

from __future__ import annotations

import re

from leastway.errors import InvalidInputError

__all__ = ["AccountId"]

_SHAPE = re.compile(r"[0-9]{12}")


class AccountId(str):
    """An AWS account id. It is a string, never a number: `012345678901` keeps its zero."""

    __slots__ = ()

    def __new__(cls, text: str) -> AccountId:
        """Accept exactly twelve digits. Raises InvalidInputError for anything else."""
        if not _SHAPE.fullmatch(text):
            raise InvalidInputError(f"{text!r} is not an AWS account id: expected twelve digits, in quotes")
        return super().__new__(cls, text)
