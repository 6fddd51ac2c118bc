"""Whether one statement says all that another says, told from the text of both.

True is certain. False is not: what several statements together say, and what two differently written conditions have
in common, is for `leastway.policy.prove`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leastway.policy.findings.patterns import arn_covers, covers

if TYPE_CHECKING:
    from leastway.policy.model import Operator, Principal, Statement, Values

__all__ = ["says_all_of"]


def says_all_of(wide: Statement, narrow: Statement) -> bool:
    """Whether every request that `narrow` matches is matched by `wide`, whatever the effect of either."""
    return (
        _names_all(wide.actions, wide.not_actions, narrow.actions, narrow.not_actions, _action_covers)
        and _names_all(wide.resources, wide.not_resources, narrow.resources, narrow.not_resources, arn_covers)
        and _same_or_everyone(wide, narrow)
        and all(any(_as_strict(test, other) for other in narrow.tests()) for test in wide.tests())
    )


def _action_covers(wide: str, narrow: str) -> bool:
    return covers(wide.lower(), narrow.lower())


def _names_all(
    wide: Values | None,
    wide_but: Values | None,
    narrow: Values | None,
    narrow_but: Values | None,
    covering: Callable[[str, str], bool],
) -> bool:
    if wide is not None and "*" in wide:
        return True
    if wide is not None and narrow is not None:
        return all(any(covering(one, other) for one in wide) for other in narrow)
    if wide_but is not None and narrow_but is not None:
        return all(any(covering(other, one) for other in narrow_but) for one in wide_but)
    return wide is None and wide_but is None and narrow is None and narrow_but is None


def _same_or_everyone(wide: Statement, narrow: Statement) -> bool:
    if wide.not_principal is not None or narrow.not_principal is not None:
        return wide.not_principal == narrow.not_principal and wide.principal == narrow.principal
    if wide.principal is None or narrow.principal is None:
        return wide.principal == narrow.principal
    names = _names(wide.principal)
    return ("AWS", "*") in names or _names(narrow.principal) <= names


def _names(principal: Principal) -> set[tuple[str, str]]:
    return {(kind.value, name) for kind, name in principal.names()}


def _as_strict(test: tuple[Operator, str, Values], other: tuple[Operator, str, Values]) -> bool:
    """Whether what meets `other` meets `test`: one operator and key, and for a negated one more values."""
    operator, key, values = test
    if (operator.name, key.lower()) != (other[0].name, other[1].lower()):
        return False
    if operator.base.negated:
        return set(values) <= set(other[2])
    return set(other[2]) <= set(values)
