"""Rule `keys-without-role`."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.lint.finding import Severity
from leastway.lint.modules.hcl import Module
from leastway.lint.modules.rule import Given, ModuleRule, ModuleViolation

__all__ = ["RULE"]

_KEYS = ("access_key", "secret_key")


def _check(module: Module, given: Given | None) -> Iterator[ModuleViolation]:
    """The platform's user can do nothing but assume roles, so a provider with its keys alone is refused by AWS.

    With a `token`, the keys are those of a session, which needs no other role.
    """
    for file in module.root():
        for block in file.of_type("provider"):
            if block.labels[:1] != ("aws",) or block.has_block("assume_role") or "token" in block.attributes:
                continue
            passed = [name for name in _KEYS if name in block.attributes]
            if passed or (given is not None and given.has_keys):
                yield ModuleViolation(
                    "the provider uses the keys of the platform's user directly, which may only assume roles",
                    "add assume_role with role_arn and external_id from variables",
                    block.address,
                    file.name,
                    block.position,
                )


RULE = ModuleRule("keys-without-role", Severity.ERROR, "a provider that gets keys and does not assume a role", _check)
