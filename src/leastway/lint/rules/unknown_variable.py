"""A policy variable that never has a value, so text that contains it never matches.

Sources: IAM User Guide, "Variables and tags" and "AWS global condition context keys".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import did_you_mean, is_opaque, quoted
from leastway.policy.catalog import GLOBAL_KEYS
from leastway.policy.variables import Variable, parse_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge
    from leastway.source import KeyPath

__all__ = ["RULE"]

_LEGACY = frozenset({"aws:sourceowner"})


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    if not exhibit.document.has_variables:
        return
    for found in exhibit.statements():
        texts = [*found.resources()]
        for condition in found.conditions():
            texts += condition.each() if condition.operator.base.takes_variables else ()
        for text, path in texts:
            for variable in parse_template(text, variables=True, wildcards=True).variables:
                yield from _check_variable(variable, path, knowledge)


def _check_variable(variable: Variable, path: KeyPath, knowledge: Knowledge) -> Iterator[Violation]:
    key = variable.key
    if variable.default is not None or key in _LEGACY or is_opaque(key):
        return
    known = knowledge.key(key)
    if known and known.multivalued:
        message = f"the key {quoted(key)} has several values and cannot be used as a variable"
        yield Violation(path, message, "compare the key itself in a condition")
    elif not known and "." not in key.partition(":")[0]:
        close = did_you_mean(key, (one.name for one in GLOBAL_KEYS.values()))
        fix = f"did you mean {close}?" if close else "check the variable's name"
        yield Violation(path, f"no request has a value for the variable {quoted(key)}, so this never matches", fix)


RULE = Rule("unknown-variable", Severity.WARNING, "a policy variable that never has a value", _check)
