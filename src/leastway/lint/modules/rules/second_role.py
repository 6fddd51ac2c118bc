"""Rule `second-role`."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.lint.finding import Severity
from leastway.lint.modules.hcl import Module
from leastway.lint.modules.rule import Given, ModuleRule, ModuleViolation

__all__ = ["RULE"]


def _check(module: Module, given: Given | None) -> Iterator[ModuleViolation]:
    """A session that assumes another role lasts an hour at most. Source: IAM User Guide, "Role chaining"."""
    if given is None or given.has_keys:
        return
    for file in module.root():
        for block in file.of_type("provider"):
            if block.labels[:1] == ("aws",) and block.has_block("assume_role"):
                yield ModuleViolation(
                    "the run has the credentials of its role already, and the provider assumes another one: the second "
                    "session lasts an hour at most, and hides who called",
                    "remove assume_role, and give the definition the role that is needed",
                    block.address,
                    file.name,
                    block.position,
                )


RULE = ModuleRule(
    "second-role", Severity.WARNING, "a provider that assumes a role from the session of another one", _check
)
