"""An Allow whose ForAllValues also matches if the key is missing.

Source: IAM User Guide, "Set operators for multivalued context keys": ForAllValues matches a request without the key;
add a Null condition to prevent that. Creating resources without tags is often intended, so it gets only a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.absence import holds_when_absent
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.policy.model import SetQuantifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.allows():
        firm = {one.key.lower() for one in found.conditions() if not holds_when_absent(one)}
        for condition in found.conditions():
            is_all = condition.operator.quantifier is SetQuantifier.FOR_ALL_VALUES
            key = knowledge.key(condition.key)
            if not is_all or condition.key.lower() in firm or not (key and key.multivalued):
                continue
            message = f"{condition.operator.name} also allows requests that have no {condition.key}"
            fix = f'require the key: "Null": {{"{condition.key}": "false"}}'
            severity = Severity.NOTE if condition.key.lower() == "aws:tagkeys" else None
            yield Violation(condition.path, message, fix, severity)


RULE = Rule(
    "absent-key-allows", Severity.WARNING, "ForAllValues in an Allow, which also matches if the key is missing", _check
)
