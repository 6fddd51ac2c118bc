"""Rule `undeclared-variable`."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.lint.finding import Severity
from leastway.lint.modules.hcl import Module
from leastway.lint.modules.rule import Given, ModuleRule, ModuleViolation

__all__ = ["RULE"]


def _check(module: Module, given: Given | None) -> Iterator[ModuleViolation]:
    """Terraform ignores such a value with a warning at most, so the module works with another one, or without it."""
    if given is None:
        return
    declared = {block.labels[0] for file in module.root() for block in file.of_type("variable") if block.labels}
    for name in sorted(given.variables - declared):
        yield ModuleViolation(
            f"the definition gives the variable {name}, which the module does not declare, so it has no effect",
            "declare it in the module, or remove it from the definition",
            f"variables.{name}",
            given.file,
        )


RULE = ModuleRule(
    "undeclared-variable", Severity.WARNING, "a variable that the definition gives and the module does not have", _check
)
