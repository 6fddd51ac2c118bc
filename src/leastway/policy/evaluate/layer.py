"""The policies of one kind and level, compiled together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate.actions import ActionIndex
from leastway.policy.evaluate.decision import Decision, StatementRef, Verdict
from leastway.policy.evaluate.statement import CompiledStatement, compile_statement
from leastway.policy.model import Document, Effect, PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leastway.policy.evaluate.request import Request
    from leastway.policy.evaluate.resources import RequestTest

__all__ = ["Candidates", "Layer"]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The statements of a layer that apply to one action, each with the decision that it leads to."""

    denies: tuple[tuple[RequestTest, Decision, CompiledStatement], ...]
    allows: tuple[tuple[RequestTest, Decision, CompiledStatement], ...]

    def deny(self, request: Request) -> Decision | None:
        """Return the explicit deny of the first Deny statement that matches."""
        for matches, decision, _ in self.denies:
            if matches(request):
                return decision
        return None

    def allow(self, request: Request) -> Decision | None:
        """Return the decision of the first Allow statement that matches."""
        for matches, decision, _ in self.allows:
            if matches(request):
                return decision
        return None


class Layer:
    """Documents that are evaluated together: any Deny denies, any Allow allows."""

    __slots__ = ("_index", "kind", "statements")

    def __init__(
        self, kind: PolicyKind, documents: Iterable[Document], *, level: int | None = None, has_boundary: bool = False
    ) -> None:
        self.kind = kind
        self.statements = tuple(
            compile_statement(
                StatementRef(kind, number, index, statement, level),
                variables=document.has_variables,
                has_boundary=has_boundary,
            )
            for number, document in enumerate(documents)
            for index, statement in enumerate(document.statements)
        )
        self._index = ActionIndex((item.action, item.services, item) for item in self.statements)

    def candidates(self, action: str) -> Candidates:
        """Return the statements that apply to `action`."""
        found = list(self._index.candidates(action))
        return Candidates(
            denies=tuple(_entry(item, Verdict.EXPLICITLY_DENIED) for item in found if _effect(item) is Effect.DENY),
            allows=tuple(_entry(item, Verdict.ALLOWED) for item in found if _effect(item) is Effect.ALLOW),
        )


def _effect(item: CompiledStatement) -> Effect:
    return item.ref.statement.effect


def _entry(item: CompiledStatement, verdict: Verdict) -> tuple[RequestTest, Decision, CompiledStatement]:
    return item.matches, Decision(verdict, decided_by=item.ref), item
