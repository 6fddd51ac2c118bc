"""Rule `missing-variable`."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.lint.finding import Severity
from leastway.lint.modules.hcl import Module
from leastway.lint.modules.rule import Given, ModuleRule, ModuleViolation

__all__ = ["RULE"]


def _check(module: Module, given: Given | None) -> Iterator[ModuleViolation]:
    if given is None:
        return
    for file in module.root():
        for block in file.of_type("variable"):
            name = block.labels[0] if block.labels else ""
            if name and "default" not in block.attributes and name not in given.variables:
                yield ModuleViolation(
                    f"the module needs the variable {name}, which the definition does not give, so every run fails",
                    f"give it in {given.file}, or give it a default here",
                    block.address,
                    file.name,
                    block.position,
                )


RULE = ModuleRule(
    "missing-variable", Severity.ERROR, "a variable that the module needs and the definition does not give", _check
)
