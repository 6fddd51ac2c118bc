"""Interpretations: what the documentation leaves open about policies, decided in each possible way.

A proof must hold in all of them; a request refutes if `evaluate` confirms it. The open points are: whether an ARN with
fewer than six fields is completed if the policy is not identity-based (`PolicyKind.completes_short_arns`), whether a
negated operator without a set operator holds for a key that has several values (`evaluate.conditions`), and whether a
condition holds if its operator cannot read one of its values (`evaluate.conditions.malformed`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.malformed import missing_form
from leastway.policy.model import PolicyKind, is_short_arn
from leastway.policy.prove.basis import documents_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import PolicySet
    from leastway.policy.model import Document, Operator, Values

__all__ = ["Interpretation", "has_malformed_value", "interpretations_of", "what_is_open"]


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One way to read policies where the documentation is silent."""

    completing: frozenset[PolicyKind] = frozenset()
    """The kinds of policy, among those in doubt, in which short ARNs are completed."""
    negated_holds_for_several: bool = False
    """Whether a negated operator without a set operator holds for a list of several values."""
    malformed_holds: bool = False
    """Whether a condition holds if its operator cannot read one of its values."""

    def completes(self, kind: PolicyKind) -> bool:
        """Whether short ARNs are completed in policies of `kind`."""
        return kind.completes_short_arns or kind in self.completing


def interpretations_of(sets: Sequence[PolicySet], catalog: Catalog) -> list[Interpretation]:
    """Return the interpretations that differ for `sets`; only one if nothing is in doubt.

    Those in which malformed values hold come last: they match nothing in evaluation, so it never confirms a request
    that only these interpretations find.
    """
    kinds = _kinds_in_doubt(sets)
    several = (False, True) if _have_doubtful_operators(sets, catalog) else (False,)
    malformed = (False, True) if _have_malformed_values(sets) else (False,)
    choices = itertools.product((False, True), repeat=len(kinds))
    return [
        Interpretation(frozenset(itertools.compress(kinds, chosen)), several_hold, malformed_hold)
        for malformed_hold, chosen, several_hold in itertools.product(malformed, choices, several)
    ]


def what_is_open(sets: Sequence[PolicySet], catalog: Catalog) -> Iterator[str]:
    """Yield what the documentation leaves open about `sets`, each as the end of a sentence."""
    for kind in _kinds_in_doubt(sets):
        yield f"whether an ARN with fewer than six fields is completed in a policy of kind {kind}"
    if _have_doubtful_operators(sets, catalog):
        yield "whether a negated operator without a set operator holds for a key that has several values"
    if _have_malformed_values(sets):
        yield "whether a condition holds if its operator cannot read one of its values"


def _kinds_in_doubt(sets: Sequence[PolicySet]) -> list[PolicyKind]:
    """Return the kinds of policy, by their role in a set, that have a short ARN without a documented meaning."""
    return sorted(
        {
            kind
            for policies in sets
            for kind, documents in _by_place(policies)
            if not kind.completes_short_arns and any(map(_has_short_arn, documents))
        }
    )


def _by_place(policies: PolicySet) -> Iterator[tuple[PolicyKind, tuple[Document, ...]]]:
    yield PolicyKind.RESOURCE, (policies.resource,) if policies.resource else ()
    yield PolicyKind.SESSION, policies.session
    yield PolicyKind.SCP, tuple(itertools.chain.from_iterable(policies.scps))
    yield PolicyKind.RCP, tuple(itertools.chain.from_iterable(policies.rcps))


def _has_short_arn(document: Document) -> bool:
    return any(
        is_short_arn(text, variables=document.has_variables)
        for statement in document.statements
        for text in statement.resources or statement.not_resources or ()
    )


def _have_doubtful_operators(sets: Sequence[PolicySet], catalog: Catalog) -> bool:
    return any(
        operator.base.negated and operator.quantifier is None and catalog.is_multivalued(key) is not False
        for operator, key, _ in _tests_of(sets)
    )


def has_malformed_value(operator: Operator, values: Values) -> bool:
    """Whether `operator` cannot read one of `values`; values with variables count as readable."""
    return any("${" not in text and missing_form(operator.base.family, text) is not None for text in values)


def _have_malformed_values(sets: Sequence[PolicySet]) -> bool:
    return any(has_malformed_value(operator, values) for operator, _, values in _tests_of(sets))


def _tests_of(sets: Sequence[PolicySet]) -> Iterator[tuple[Operator, str, Values]]:
    """Yield every condition of `sets`."""
    for policies in sets:
        for document in documents_of(policies):
            for statement in document.statements:
                yield from statement.tests()
