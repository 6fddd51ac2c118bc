"""Proofs of what several statements of an identity policy do together (`leastway.policy.prove`).

Only used with `Knowledge.thorough`: a proof takes milliseconds, at worst a second, and most policies have many
statements. A proof is tried only if another statement matches each action of the statement too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.lint.patterns import overlap
from leastway.policy.evaluate import PolicySet
from leastway.policy.model import Document, Effect, PolicyKind, Statement, Values

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
__all__ = ["adds_nothing", "leaves_nothing"]

_TIMEOUT = 5.0
_DENY_ALL = Statement(Effect.DENY, actions=Values.of("*"), resources=Values.of("*"))


def adds_nothing(document: Document, index: int, catalog: Catalog) -> bool | str:
    """Whether an Allow statement adds nothing to the others; a text tells why that is unknown."""
    statement = document.statements[index]
    others = tuple(other for number, other in enumerate(document.statements) if number != index)
    if not _is_worth_it(document, statement, [other for other in others if other.effect is Effect.ALLOW]):
        return False
    return _is_proved(document, replace(document, statements=others), catalog)


def leaves_nothing(document: Document, index: int, catalog: Catalog) -> bool | str:
    """Whether the Deny statements deny everything that an Allow statement allows; a text tells why that is unknown."""
    statement = document.statements[index]
    denies = tuple(other for other in document.statements if other.effect is Effect.DENY)
    if not _is_worth_it(document, statement, denies):
        return False
    alone = replace(document, statements=(statement, *denies))
    return _is_proved(alone, replace(document, statements=(_DENY_ALL,)), catalog)


def _is_worth_it(document: Document, statement: Statement, others: list[Statement] | tuple[Statement, ...]) -> bool:
    is_plain = document.kind is PolicyKind.IDENTITY and statement.effect is Effect.ALLOW
    if not is_plain or not others or statement.actions is None:
        return False
    patterns = [None if other.actions is None else [text.lower() for text in other.actions] for other in others]
    return all(
        any(theirs is None or any(overlap(action.lower(), one) for one in theirs) for theirs in patterns)
        for action in statement.actions
    )


def _is_proved(new: Document, old: Document, catalog: Catalog) -> bool | str:
    from leastway.policy.prove import Proved, Unknown, compare

    verdict = compare(PolicySet(identity=(new,)), PolicySet(identity=(old,)), catalog=catalog, timeout=_TIMEOUT)
    return verdict.reason if isinstance(verdict, Unknown) else isinstance(verdict, Proved)
