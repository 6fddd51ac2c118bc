"""An action that AWS does not have, by name or by pattern: mostly a slip of the pen.

In an Allow it gives nothing; in a Deny it forbids nothing, which is worse. Source: Service Authorization Reference.
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
            fix = _way_out(pattern, knowledge)
            message = f"{knowledge.catalog_name} knows no action {quoted(pattern)}"
            yield Violation(path, message, fix, Severity.ERROR if is_hole else None)


def _way_out(pattern: str, knowledge: Knowledge) -> str:
    service, _, name = pattern.partition(":")
    catalog = knowledge.catalog
    if service.lower() not in catalog.services():
        close = did_you_mean(service, catalog.services())
        return f"perhaps the service {close} is meant" if close else "check the service's prefix"
    close = did_you_mean(name.strip("*"), (action.name for action in catalog.actions(service)))
    return f"perhaps {service}:{close} is meant" if close else "check it in the Service Authorization Reference"


RULE = Rule("unknown-action", Severity.WARNING, "an action that AWS does not have", _check)
