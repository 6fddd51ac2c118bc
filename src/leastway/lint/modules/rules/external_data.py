"""Rule `external-data`."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.lint.finding import Severity
from leastway.lint.modules.hcl import Module
from leastway.lint.modules.rule import Given, ModuleRule, ModuleViolation

__all__ = ["RULE"]


def _check(module: Module, _given: Given | None) -> Iterator[ModuleViolation]:
    for file in module.files.values():
        for block in file.of_type("data"):
            if block.labels[:1] == ("external",):
                yield ModuleViolation(
                    "this runs a program on the platform, already during a plan, with the credentials of the run",
                    "use a data source of a provider instead; review the program if there is none",
                    block.address,
                    file.name,
                    block.position,
                )


RULE = ModuleRule("external-data", Severity.WARNING, "a data source that runs a program on the platform", _check)
