"""How far a statement reaches: whether it matches an action, and a resource that no policy names.

Conditions are ignored; rules that need them check them separately.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.policy.breadth import NOBODY
from leastway.policy.evaluate.actions import ActionTest, compile_actions
from leastway.policy.evaluate.resources import resource_template
from leastway.policy.model import Effect, complete_arn
from leastway.policy.partitions import in_any_partition
from leastway.policy.wildcards import Globs

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.policy.model import Document, Statement, Values

__all__ = ["NOBODY", "actions_of", "anywhere", "is_about", "reaches", "samples", "split_action"]

_OWN = re.compile(r"arn:\*:([^:]*):[^:]*:(?:[0-9]{12}|\*|):")


def is_about(statement: Statement, action: str) -> bool:
    """Whether the statement's actions match `action` (`service:Name`, in any case)."""
    return actions_of(statement)(*split_action(action))


def actions_of(statement: Statement) -> ActionTest:
    """Return the test of the statement's actions, which takes what `split_action` returns."""
    return _test(statement.actions, statement.not_actions)


@functools.lru_cache(4096)
def split_action(action: str) -> tuple[str, str]:
    """Return service and name of `action`, both in lower case."""
    service, _, name = action.lower().partition(":")
    return service, name


def reaches(statement: Statement, arn: str) -> bool:
    """Whether the statement's resources match `arn`, in any account and partition."""
    if statement.not_resources is not None:
        return not _matcher(statement.not_resources)(arn)
    return statement.resources is None or _matcher(statement.resources)(arn)


def anywhere(document: Document) -> Document:
    """Return the policy with wildcards for account, region and partition, because naming its own does not narrow it."""
    return replace(document, statements=tuple(_statement_anywhere(one) for one in document.statements))


def samples(document: Document, action: str) -> tuple[str, ...]:
    """Return resources that match the Allow statements for `action`, conditions ignored."""
    found = [
        complete_arn(text).replace("*", NOBODY).replace("?", "x")
        for statement in document.statements
        if statement.effect is Effect.ALLOW and is_about(statement, action)
        for text in statement.resources or ()
    ]
    return tuple(dict.fromkeys(found))


def _statement_anywhere(statement: Statement) -> Statement:
    resources, not_resources = statement.resources, statement.not_resources
    return replace(
        statement,
        resources=replace(resources, items=tuple(map(_anywhere, resources))) if resources else resources,
        not_resources=replace(not_resources, items=tuple(map(_anywhere, not_resources))) if not_resources else None,
    )


def _anywhere(resource: str) -> str:
    whole = complete_arn(resource)
    anywhere = in_any_partition(whole)
    found = _OWN.match(anywhere)
    return f"arn:*:{found[1]}:*:*:{anywhere[found.end() :]}" if found else whole


@functools.lru_cache(4096)
def _test(actions: Values | None, not_actions: Values | None) -> ActionTest:
    return compile_actions(actions, not_actions)[0]


@functools.lru_cache(4096)
def _matcher(resources: Values) -> Callable[[str], bool]:
    patterns = (resource_template(_anywhere(text), variables=True) for text in resources)
    return Globs.compile((item.fill() for item in patterns if not item.variables), segmented=True).matcher()
