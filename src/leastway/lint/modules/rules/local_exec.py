"""Rule `local-exec`."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.lint.finding import Severity
from leastway.lint.modules.hcl import Module
from leastway.lint.modules.rule import Given, ModuleRule, ModuleViolation

__all__ = ["RULE"]


def _check(module: Module, _given: Given | None) -> Iterator[ModuleViolation]:
    for file in module.files.values():
        for block in file.every():
            if block.type == "provisioner" and block.labels[:1] == ("local-exec",):
                yield ModuleViolation(
                    "this runs a command on the platform, with the credentials of the run",
                    "use a resource of a provider instead; review the command if there is none",
                    block.address,
                    file.name,
                    block.position,
                )


RULE = ModuleRule("local-exec", Severity.WARNING, "a provisioner that runs a command on the platform", _check)
