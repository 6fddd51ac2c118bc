"""A request that refutes a claim, and its description for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Verdict
from leastway.policy.model import PolicyKind
from leastway.policy.prove.basis import documents_of
from leastway.policy.prove.requests.willing import is_willing
from leastway.shown import shown

if TYPE_CHECKING:
    from leastway.policy.evaluate import CompiledPolicies, ContextValue, PolicySet, Request, StatementRef
    from leastway.policy.prove.requests.witness import Found

__all__ = ["Counterexample", "counterexample_of"]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A request that one side allows and the other does not; `evaluate` has confirmed both."""

    request: Request
    context: tuple[tuple[str, ContextValue], ...] = ()
    """The request's context, with keys as the policies spell them."""
    absent: tuple[str, ...] = ()
    """Keys of the policies that must be absent."""
    allowed_by: StatementRef | None = None
    """The statement that allows the request."""
    denied_by: StatementRef | None = None
    """The statement of the other side that denies it explicitly, if one does."""

    def describe(self) -> str:
        """Return the request in plain English, one sentence per line."""
        request = self.request
        said = [f"{key} is {_words(value)}" for key, value in self.context]
        said += [f"{key} is absent" for key in self.absent]
        circumstances = f", when {_listed(said)}" if said else ""
        lines = [f"{request.caller.arn} can do {request.action} on {request.resource}{circumstances}."]
        if self.allowed_by:
            lines.append(f"It is allowed by {self.allowed_by}.")
        if self.denied_by:
            lines.append(f"The other side denies it by {self.denied_by}.")
        return "\n".join(map(shown, lines))

    def as_json(self) -> dict[str, object]:
        """Return the request as a policy test describes it (`leastway.policy.cases`)."""
        return {
            "principal": self.request.caller.arn,
            "action": self.request.action,
            "resource": self.request.resource,
            "resource_account": self.request.resource_account,
            "context_keys": {key: value if isinstance(value, str) else list(value) for key, value in self.context},
        }


def counterexample_of(found: Found, allowing: CompiledPolicies, refusing: Sequence[CompiledPolicies]) -> Counterexample:
    """Return the counterexample for a request that `allowing` allows and none of `refusing`."""
    request = found.request
    spelling = _spelling([item.policies for item in (allowing, *refusing)])
    refused = [policies.decide(request) for policies in refusing]
    return Counterexample(
        request=request,
        context=tuple((spelling.get(key, key), value) for key, value in request.context.items()),
        absent=tuple(spelling.get(key, key) for key in found.absent),
        allowed_by=_allowing(allowing, request),
        denied_by=next((item.decided_by for item in refused if item.verdict is Verdict.EXPLICITLY_DENIED), None),
    )


def _allowing(compiled: CompiledPolicies, request: Request) -> StatementRef | None:
    """Return the statement that allows `request`, preferring real ones to those that were assumed (`willing`)."""
    decided_by = compiled.decide(request).decided_by
    if decided_by and not is_willing(decided_by.statement):
        return decided_by
    matching = (
        allow.ref
        for layer in compiled.layers()
        if layer.kind in (PolicyKind.IDENTITY, PolicyKind.RESOURCE)
        for matches, _, allow in layer.candidates(request.action).allows
        if matches(request) and allow.closeness(request.caller)
    )
    return next((ref for ref in matching if not is_willing(ref.statement)), None)


def _spelling(sets: Iterable[PolicySet]) -> dict[str, str]:
    """Return the spelling of each key in the policies."""
    return {
        key.lower(): key
        for policies in sets
        for document in documents_of(policies)
        for statement in document.statements
        for _, key, _ in statement.tests()
    }


def _words(value: ContextValue) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f"the list of {_listed([_words(item) for item in value])}"


def _listed(items: list[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
