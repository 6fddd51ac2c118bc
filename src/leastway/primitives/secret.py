"""A string that never prints itself."""

from __future__ import annotations

import hmac
from typing import NoReturn

__all__ = ["Secret"]


class Secret:
    """Holds a secret string; `reveal()` is the only access to it, so that a search for that word finds every use.

    It prints, formats and logs as `***`, compares in constant time, and cannot be pickled.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash would allow a secret as a dict key, and show it there

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")
