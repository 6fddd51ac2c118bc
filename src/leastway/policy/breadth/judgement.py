"""Detecting IAM policies that give full privileges, however they are written.

A statement that allows all of `POWERS` is full control, whether it says `*`, `*:*` or lists every service; several
statements that allow them together are too. A statement that allows everything except some things (`NotAction`,
`NotResource`) counts if it allows most powers, and so does one that can write IAM policies. Conditions and denials are
ignored, because they can be removed later.

Doubtful cases count as broad. What a statement names is read as widely as possible: in any account, region and
partition, with short ARNs completed and wildcards that match colons. What it excludes is read narrowly: as written, for
the policy's own account and partition.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.breadth.powers import GIVING_RIGHTS, MOST, POWERS
from leastway.policy.evaluate.actions import ActionTest, compile_actions
from leastway.policy.model import Document, Effect, Statement, complete_arn
from leastway.policy.partitions import in_any_partition
from leastway.policy.wildcards import Globs, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.policy.breadth.powers import Power
    from leastway.policy.model import Values

__all__ = ["Broad", "broad_statements", "why_full_privileges"]


@dataclass(frozen=True, slots=True)
class Broad:
    """A reason why a policy gives full privileges."""

    index: int | None
    """The index of the statement, from zero; None if several statements give them together."""
    why: str
    """A phrase that follows the name of the policy."""
    power: Power | None = None
    """The power by which the policy can give itself every other right, if that is the reason."""


@functools.lru_cache(maxsize=64)
def broad_statements(document: Document) -> tuple[Broad, ...]:
    """Return the reasons why `document`, an identity policy, gives full privileges; empty if it does not."""
    allows = [(index, one) for index, one in enumerate(document.statements) if one.effect is Effect.ALLOW]
    powers = {index: {power for power in MOST if _has(one, power)} for index, one in allows}
    found = tuple(broad for index, one in allows if (broad := _judge(index, one, powers[index])) is not None)
    if not found and set(POWERS) <= set().union(*powers.values()):
        return (Broad(None, "allows everything in several statements together"),)
    return found


def why_full_privileges(document: Document) -> str | None:
    """Return why `document` gives full privileges, as a phrase that follows its name; None if it does not."""
    broad = next(iter(broad_statements(document)), None)
    if broad is None:
        return None
    if broad.index is None:
        return broad.why
    sid = document.statements[broad.index].sid
    return f"{broad.why} in statement {broad.index + 1}" + (f" ({sid})" if sid else "")


def _judge(index: int, statement: Statement, powers: set[Power]) -> Broad | None:
    has_exclusion = statement.not_actions is not None or statement.not_resources is not None
    if has_exclusion and len(powers) * 2 > len(MOST):
        return Broad(index, "allows everything except some things")
    if set(POWERS) <= powers:
        return Broad(index, "allows every action on everything")
    giving = next((power for power in GIVING_RIGHTS if _has(statement, power)), None)
    return Broad(index, f"can give itself every permission with {giving.action}", giving) if giving else None


def _has(statement: Statement, power: Power) -> bool:
    service, _, name = power.action.lower().partition(":")
    if not _actions(statement.actions, statement.not_actions)(service, name):
        return False
    if statement.not_resources is not None:
        return not _left_out(statement.not_resources)(power.resource)
    return _named_resources(statement.resources)(power.resource)


@functools.lru_cache(maxsize=256)
def _actions(actions: Values | None, not_actions: Values | None) -> ActionTest:
    return compile_actions(actions, not_actions)[0]


@functools.lru_cache(maxsize=256)
def _named_resources(patterns: Values | None) -> Callable[[str], bool]:
    return Globs.compile(tokens_of(_anywhere(text)) for text in patterns or ()).matcher()


@functools.lru_cache(maxsize=256)
def _left_out(patterns: Values) -> Callable[[str], bool]:
    meant = (tokens_of(in_any_partition(_OWN_ACCOUNT.sub("*", text))) for text in patterns)
    return Globs.compile(meant, segmented=True).matcher()


_OWN_ACCOUNT = re.compile(r"(?<=:)[0-9]{12}(?=:)")
"""A policy belongs to one account, so naming that account does not narrow it."""
_OWN = re.compile(r"arn:\*:([^:]*):[^:]*:(?:[0-9]{12}|\*|):")


def _anywhere(resource: str) -> str:
    """Return a resource pattern with wildcards for account, region and partition."""
    anywhere = in_any_partition(complete_arn(resource))
    found = _OWN.match(anywhere)
    return f"arn:*:{found[1]}:*:*:{anywhere[found.end() :]}" if found else _OWN_ACCOUNT.sub("*", anywhere)
