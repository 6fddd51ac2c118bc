"""A statement of a policy, and its conditions."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.model.operator import Operator
    from leastway.policy.model.principal import Principal
    from leastway.policy.model.values import Values

__all__ = ["ConditionBlock", "Effect", "Statement"]


class Effect(enum.StrEnum):
    """The effect of a matching statement. Case-sensitive."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class ConditionBlock:
    """An operator with its keys and their values, all of which must match. Keys keep their written case."""

    operator: Operator
    tests: tuple[tuple[str, Values], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement; exactly one of `actions` and `not_actions` is set, and at most one of each other pair."""

    effect: Effect
    sid: str | None = None
    actions: Values | None = None
    not_actions: Values | None = None
    resources: Values | None = None
    not_resources: Values | None = None
    principal: Principal | None = None
    not_principal: Principal | None = None
    conditions: tuple[ConditionBlock, ...] = ()
    empty_condition: bool = False
    """`"Condition": {}` was written, which has no effect; kept so that rendering loses nothing."""

    def tests(self) -> Iterator[tuple[Operator, str, Values]]:
        """Yield the operator, key and values of each condition. All must match."""
        for block in self.conditions:
            for key, values in block.tests:
                yield block.operator, key, values
