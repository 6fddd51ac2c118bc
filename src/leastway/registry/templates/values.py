"""Values in templates: JSON, with secrets as Hidden leaves; and what a template may spend.

Every walk through a value spends, so that values that contain one another many times, or themselves, end in a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.primitives import Secret

__all__ = [
    "MISSING",
    "FailedError",
    "Hidden",
    "WorkBudget",
    "chosen",
    "data_of",
    "has_hidden",
    "hide",
    "reveal",
    "truth",
]


class FailedError(Exception):
    """A function cannot do what it is asked. Its text never has a value in it."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A scalar that is a secret, or was made of one."""

    value: Any = field(repr=False)


class _Missing:
    """What a field gives that does not exist: nil, but its fields do not exist either, which is no failure."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

MOST_STEPS: Final = 200_000
MOST_TEXT: Final = 1 << 20
DEEPEST: Final = 100


class WorkBudget:
    """What is left to spend: a step for each value that is looked at, and for each 64 characters that are made."""

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def spend(self, steps: int = 1) -> None:
        """Spend some steps. Errors: FailedError."""
        self._left -= steps
        if self._left < 0:
            raise FailedError("the template does too much work")

    def text(self, length: int) -> None:
        """Spend for a text of that length, before it is made. Errors: FailedError if it is too long."""
        if length > MOST_TEXT:
            raise FailedError("the text becomes longer than 1 MiB")
        self.spend(1 + length // 64)


def data_of(value: Any) -> Any:
    """Return a copy of JSON whose Secret leaves are Hidden."""
    if isinstance(value, Mapping):
        return {str(name): data_of(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [data_of(member) for member in value]
    return Hidden(value.reveal()) if isinstance(value, Secret) else value


def hide(value: Any, budget: WorkBudget, depth: int = 0) -> Any:
    """Return a copy of a value with every scalar hidden."""
    _look(budget, depth)
    if isinstance(value, dict):
        return {name: hide(member, budget, depth + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [hide(member, budget, depth + 1) for member in value]
    return value if isinstance(value, Hidden) or value is MISSING else Hidden(value)


def chosen(value: Any) -> Any:
    """Return a value that a secret has chosen, hidden.

    Errors: FailedError for a list or an object, whose size would tell the choice.
    """
    if isinstance(value, dict | list):
        raise FailedError("a secret cannot decide about a list or an object")
    return value if isinstance(value, Hidden) else Hidden(None if value is MISSING else value)


def reveal(value: Any, budget: WorkBudget, depth: int = 0) -> Any:
    """Return a copy of a value with nothing hidden; what is missing is nil."""
    _look(budget, depth)
    if isinstance(value, dict):
        return {name: reveal(member, budget, depth + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [reveal(member, budget, depth + 1) for member in value]
    if value is MISSING:
        return None
    return value.value if isinstance(value, Hidden) else value


def has_hidden(value: Any, budget: WorkBudget, depth: int = 0) -> bool:
    """Return whether a value has something hidden."""
    if not isinstance(value, dict | list):
        return isinstance(value, Hidden)
    _look(budget, depth)
    members = value.values() if isinstance(value, dict) else value
    return any(has_hidden(member, budget, depth + 1) for member in members)


def truth(value: Any) -> bool:
    """Return whether a value counts as true: false, 0, nil, and what is empty do not."""
    return truth(value.value) if isinstance(value, Hidden) else value is not MISSING and bool(value)


def _look(budget: WorkBudget, depth: int) -> None:
    budget.spend()
    if depth > DEEPEST:
        raise FailedError("a value is nested too deeply")
