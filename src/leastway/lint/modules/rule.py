"""Rules over modules, and what a definition gives to its module."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from leastway.lint.finding import Severity
    from leastway.lint.modules.hcl import Module
    from leastway.source import Position

__all__ = ["Given", "ModuleCheck", "ModuleRule", "ModuleViolation"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a resource definition gives to its module: the names of the variables, and how it gives credentials.

    With `has_keys`, the module gets the long-term keys of a user; otherwise the run has the credentials of a role.
    `file` is the definition's, for messages.
    """

    variables: frozenset[str]
    has_keys: bool
    file: str


@dataclass(frozen=True, slots=True)
class ModuleViolation:
    """A violation: message and fix in lower case without a final period, and where; None if it is not in a file."""

    message: str
    fix: str
    pointer: str
    file: str | None = None
    position: Position | None = None


ModuleCheck: TypeAlias = "Callable[[Module, Given | None], Iterable[ModuleViolation]]"


@dataclass(frozen=True, slots=True)
class ModuleRule:
    """A rule: `id` is the file name in kebab case; `summary` completes "finds ..."."""

    id: str
    severity: Severity
    summary: str
    check: ModuleCheck
