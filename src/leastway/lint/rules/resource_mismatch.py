"""An action and resources that do not fit together: none of the resources is of a type that the action works on.

`s3:ListBucket` works on a bucket, not on its objects. For an action without resource types, AWS says to write
`"Resource": "*"`, although some services authorize it on an ARN. Source: Service Authorization Reference, "Actions
table" and "Resource types table".
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.patterns import arns_overlap
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import listed, quoted
from leastway.policy.catalog import is_of_unknown_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit, StatementAt
    from leastway.lint.knowledge import Knowledge
    from leastway.policy.catalog import Action, ResourceType
    from leastway.source import KeyPath

__all__ = ["RULE"]

# Types whose name cannot contain a slash, although the catalog's placeholder matches one.
_WITHOUT_SLASH = frozenset({("s3", "bucket"), ("sqs", "queue"), ("sns", "topic")})


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        resources = found.statement.resources
        if resources is None or not all(text.startswith("arn:") for text in resources):
            continue
        useful: set[str] = set()
        fitting: dict[ResourceType, set[str]] = {}
        reported = False
        is_open = found.statement.actions is None
        for pattern, path in found.actions():
            actions = knowledge.actions(pattern)
            is_open = is_open or actions is None
            types = {found for action in actions or () for found in knowledge.catalog.resource_types(action)}
            for one in types - fitting.keys():
                fitting[one] = {text for text in resources if _may_be(text, one)}
            matching = set().union(*(fitting[one] for one in types))
            useful |= matching
            if actions and not matching:
                reported = True
                yield _trouble(found, pattern, path, actions[0], knowledge)
        for text, path in found.resources() if not reported and not is_open else ():
            if text not in useful:
                message = f"no action of this statement works on {quoted(text)}"
                yield Violation(path, message, "remove it, or add the actions that it is meant for", Severity.NOTE)


def _may_be(resource: str, found: ResourceType) -> bool:
    if (found.service, found.name) in _WITHOUT_SLASH and "/" in resource:
        return False
    return arns_overlap(resource, found.arn_glob)


def _trouble(found: StatementAt, pattern: str, path: KeyPath, action: Action, knowledge: Knowledge) -> Violation:
    effect, does = ("allows", "allow") if found.is_allow else ("denies", "deny")
    types = sorted((one.arn for one in knowledge.catalog.resource_types(action)), key=len)
    by = f"according to {knowledge.catalog_name}, {quoted(pattern)} works on"
    if not types:
        message = f'{by} no specific resource, so only "Resource": "*" is certain to {does} it'
        severity = Severity.NOTE if found.is_allow and _names_all_of(found, action.service) else None
        return Violation(path, message, 'move it to a separate statement with "Resource": "*"', severity)
    is_open = any(_is_of_unknown_type(text, action, knowledge) for text, _ in found.resources())
    so = f"this may {does} nothing" if is_open else f"this {effect} nothing"
    message = f"{by} none of these resources, so {so}"
    return Violation(path, message, f"name a resource such as {listed(types, most=2, word='or')}")


def _is_of_unknown_type(text: str, action: Action, knowledge: Knowledge) -> bool:
    return is_of_unknown_type(knowledge.catalog, action, functools.partial(arns_overlap, text))


def _names_all_of(found: StatementAt, service: str) -> bool:
    """Whether a resource means everything of the service, which may work although it is not documented."""
    return any(re.fullmatch(rf"arn:[^:]*:{service}:[^:]*:[^:]*:\*", text) for text, _ in found.resources())


RULE = Rule("resource-mismatch", Severity.WARNING, "an action and resources that do not fit together", _check)
