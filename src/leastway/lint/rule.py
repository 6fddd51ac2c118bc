"""Rules and their results. Each rule is one file under `rules`, with a documentation page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from leastway.lint.exhibit import Attachment, Exhibit
    from leastway.lint.finding import Severity
    from leastway.lint.knowledge import Knowledge
    from leastway.source import KeyPath

__all__ = ["Check", "Inconclusive", "Rule", "RuleHead", "Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation of a rule. Message and fix are one sentence each, in lower case, without a final period.

    `path` starts at the policy's root. `severity`: None for the rule's own.
    """

    path: KeyPath
    message: str
    fix: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Something that a rule could not check, and why."""

    path: KeyPath
    reason: str
    fix: str | None = None


Check: TypeAlias = "Callable[[Exhibit, Knowledge], Iterable[Violation | Inconclusive]]"
AttachmentCheck: TypeAlias = "Callable[[Attachment, Knowledge], Iterable[Violation | Inconclusive]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `id` is the file name in kebab case; `summary` completes "finds ..."."""

    id: str
    severity: Severity
    summary: str
    check: Check
    check_attachment: AttachmentCheck | None = None


class RuleHead(Protocol):
    """What a report needs to know of a rule, over policies or over modules."""

    @property
    def id(self) -> str:
        """The id in kebab case."""
        ...

    @property
    def severity(self) -> Severity:
        """The severity of its findings, unless a finding has its own."""
        ...

    @property
    def summary(self) -> str:
        """What completes "finds ..."."""
        ...
