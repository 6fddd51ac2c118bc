"""The registry of rules: the `RULE` of every module in the folder `rules`."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from leastway.lint import rules
from leastway.lint.rule import Rule

__all__ = ["all_rules"]


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Return all rules, sorted by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    return tuple(_rule(name) for name in names)


def _rule(name: str) -> Rule:
    rule: Rule = importlib.import_module(f"{rules.__name__}.{name}").RULE
    return rule
