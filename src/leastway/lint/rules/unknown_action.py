"""An action or pattern that matches no action of AWS: usually a typing mistake.

In an Allow it grants nothing; in a Deny it forbids nothing, which is worse. Source: Service Authorization Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import did_you_mean, is_opaque, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        statement = found.statement
        for pattern, path in (*found.actions(), *found.not_actions()):
            if pattern == "*" or is_opaque(pattern) or knowledge.actions(pattern) != ():
                continue
            is_hole = (statement.not_actions is None) != found.is_allow
            fix = _fix(pattern, knowledge)
            message = f"unknown action {quoted(pattern)} (not in {knowledge.catalog_name})"
            yield Violation(path, message, fix, Severity.ERROR if is_hole else None)


def _fix(pattern: str, knowledge: Knowledge) -> str:
    service, _, name = pattern.partition(":")
    catalog = knowledge.catalog
    if service.lower() not in catalog.services():
        close = did_you_mean(service, catalog.services())
        return f"did you mean the service {close}?" if close else "check the service prefix"
    close = did_you_mean(name.strip("*"), (action.name for action in catalog.actions(service)))
    return f"did you mean {service}:{close}?" if close else "check it in the Service Authorization Reference"


RULE = Rule("unknown-action", Severity.WARNING, "an action that AWS does not have", _check)
