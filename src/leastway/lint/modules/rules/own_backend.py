"""Rule `own-backend`."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.lint.finding import Severity
from leastway.lint.modules.hcl import Module
from leastway.lint.modules.rule import Given, ModuleRule, ModuleViolation

__all__ = ["RULE"]


def _check(module: Module, _given: Given | None) -> Iterator[ModuleViolation]:
    for file in module.root():
        for terraform in file.of_type("terraform"):
            for block in terraform.blocks:
                if block.type in ("backend", "cloud"):
                    yield ModuleViolation(
                        "the module says where its state is, and all resources that use it would share that place",
                        "remove the block: the platform keeps a state for each resource",
                        f"{terraform.address}.{block.address}",
                        file.name,
                        block.position,
                    )


RULE = ModuleRule("own-backend", Severity.WARNING, "a backend of the module's own", _check)
