"""What a function of templates is, and how it checks its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leastway.registry.templates.values import MISSING, FailedError, Hidden, WorkBudget, chosen

__all__ = ["Function", "functions", "integer", "mapping", "number", "opened", "sequence", "text", "whole_text"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how many arguments it takes (None for any number), and what it does.

    One that `keeps_secrets` gets hidden values and passes them on as they are. Any other gets them revealed, and what
    it gives is hidden then.
    """

    act: Callable[..., Any]
    least: int
    most: int | None
    keeps_secrets: bool = False


def functions(table: dict[str, tuple[Callable[..., Any], int, int | None]], *, keeps: bool) -> dict[str, Function]:
    """Return functions of a table: what each does, and how many arguments it takes at least and at most."""
    return {name: Function(act, least, most, keeps) for name, (act, least, most) in table.items()}


def text(value: Any) -> str:
    """Return a text. Errors: FailedError for everything else."""
    if not isinstance(value, str):
        raise FailedError(f"it needs a text, not {_kind(value)}")
    return value


def integer(value: Any) -> int:
    """Return a whole number. Errors: FailedError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise FailedError(f"it needs a whole number, not {_kind(value)}")
    return value


def number(value: Any) -> int | float:
    """Return a number. Errors: FailedError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FailedError(f"it needs a number, not {_kind(value)}")
    return value


def sequence(value: Any) -> list[Any]:
    """Return a list. Errors: FailedError."""
    if not isinstance(value, list):
        raise FailedError(f"it needs a list, not {_kind(value)}")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """Return an object. Errors: FailedError."""
    if not isinstance(value, dict):
        raise FailedError(f"it needs an object, not {_kind(value)}")
    return value


def whole_text(budget: WorkBudget, made: str) -> str:
    """Return a text that was made, if it is not too long. Errors: FailedError."""
    budget.text(len(made))
    return made


def opened(value: Any) -> tuple[Any, bool]:
    """Return a scalar, and whether it was hidden."""
    return (value.value, True) if isinstance(value, Hidden) else (value, False)


def also_hidden(found: Any, is_secret: bool) -> Any:
    """Return what was found, hidden if what it was found by is a secret. Errors: those of `chosen`."""
    return chosen(found) if is_secret else found


def _kind(value: Any) -> str:
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a boolean"),
        (str, "a text"),
        ((int, float), "a number"),
        (list, "a list"),
        (dict, "an object"),
        (Hidden, "a secret"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "nil") if value is not MISSING else "nil"
