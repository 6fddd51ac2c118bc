"""Asks whether a request is allowed by some policies and by none of others, and turns the answer into a verdict."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from leastway.policy.evaluate import PolicySet
from leastway.policy.model import Document, Effect, PolicyKind, Statement, Values
from leastway.policy.partitions import partition_of
from leastway.policy.prove.basis import basis_of
from leastway.policy.prove.formulas.interpretation import interpretations_of, what_is_open
from leastway.policy.prove.limits import Deadline
from leastway.policy.prove.question import Answer, Question
from leastway.policy.prove.requests.callers import ANY_ACCOUNT, CallerCase, any_caller, kinds_of_account, only
from leastway.policy.prove.requests.counterexample import counterexample_of
from leastway.policy.prove.requests.everyone import every_caller
from leastway.policy.prove.requests.unplaced import taken_for_everyone, unplaced_names
from leastway.policy.prove.requests.willing import with_willing_others
from leastway.policy.prove.verdict import Proved, Refuted, Unknown, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import Caller

__all__ = ["DEFAULT_TIMEOUT", "prove_none"]

DEFAULT_TIMEOUT = 30.0
"""Seconds."""
_EVERYTHING = Values.of("*")
_NOTHING = PolicySet(
    identity=(Document(PolicyKind.IDENTITY, (Statement(Effect.DENY, actions=_EVERYTHING, resources=_EVERYTHING),)),)
)
"""Allows only what needs no permission."""


def prove_none(
    policies: PolicySet,
    but: Sequence[PolicySet],
    *,
    like: Document | None = None,
    caller: Caller | None = None,
    resource_account: str | None = None,
    catalog: Catalog,
    timeout: float,
    says_nothing: bool = False,
) -> Verdict:
    """Prove that no request is allowed by `policies` and by none of `but`, or return one that is.

    With `like`, only requests count that match one of its Allow statements. Without `caller`, all callers count. With
    `says_nothing`, a proof also states whether `policies` allow anything at all. `timeout` is in seconds.
    """
    sets = [policies, *but]
    cases = _cases(sets, caller, resource_account, catalog)
    allowing, *refusing = with_willing_others(sets, (caller.account or ANY_ACCOUNT) if caller else None)
    likeness = PolicySet(identity=(like,)) if like else None
    asked = [*sets, *([likeness] if likeness else [])]
    basis = basis_of(asked, catalog, caller_is_known=caller is not None)
    deadline = Deadline(timeout)
    doubts: dict[str, None] = {}
    interpretations = interpretations_of(asked, catalog)
    for interpretation in interpretations:
        if doubts and interpretation.malformed_holds:
            break
        question = Question(
            [allowing], refusing, like=likeness, interpretation=interpretation, catalog=catalog, tick=deadline
        )
        answer = question.ask(cases, stops_at_doubt=interpretation.malformed_holds)
        if answer.found is not None:
            refused_by = [policies.compiled for policies in question.refused_by]
            return Refuted(basis, counterexample_of(answer.found, question.allowed_by[0].compiled, refused_by))
        doubts.update(dict.fromkeys(answer.doubts))
    unplaced = list(unplaced_names(sets))
    for names, interpretation in itertools.product(unplaced, interpretations) if not doubts else ():
        everyone = [taken_for_everyone(one, names) for one in (allowing, *refusing)]
        question = Question(
            everyone[:1], everyone[1:], like=likeness, interpretation=interpretation, catalog=catalog, tick=deadline
        )
        if question.ask(cases) != Answer(None):
            who = " and ".join(name for _, name in sorted(names))
            doubts[f"the policies do not determine which callers {who} may be"] = None
            break
    if not doubts and not says_nothing:
        return Proved(basis)
    if not doubts:
        widest = [allowing, *(taken_for_everyone(allowing, names) for names in unplaced)]
        questions = (
            Question([one], [_NOTHING], interpretation=interpretation, catalog=catalog, tick=deadline)
            for one in widest
            for interpretation in interpretations
        )
        return Proved(basis, allows_nothing=all(question.ask(cases) == Answer(None) for question in questions))
    doubts.update(dict.fromkeys(f"AWS does not document {what}" for what in what_is_open(asked, catalog)))
    return Unknown(basis, "; ".join(doubts))


def _cases(
    sets: Sequence[PolicySet], caller: Caller | None, resource_account: str | None, catalog: Catalog
) -> list[CallerCase]:
    if caller is not None:
        return [only(caller, resource_account, catalog)]
    if any(policies.resource for policies in sets):
        owners = [resource_account] if resource_account else kinds_of_account(sets)
        return [case for owner in owners for case in every_caller(sets, owner, catalog)]
    partition = partition_of(sets)
    return [any_caller(account, catalog, partition) for account in kinds_of_account(sets)]
