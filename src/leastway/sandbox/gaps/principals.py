"""Finding the user or role with an ARN, in any account of the sandbox."""

from __future__ import annotations

from typing import Any

from leastway.errors import InvalidInputError
from leastway.primitives import Arn
from leastway.sandbox.process.engine import iam

__all__ = ["find_principal", "unique_id"]

_STORES = {"user": "_users", "role": "_roles"}


def find_principal(arn: str) -> dict[str, Any] | None:
    """Return ministack's record of the user or role with exactly this ARN, including its path."""
    try:
        parsed = Arn.parse(arn)
    except InvalidInputError:
        return None
    if parsed.service != "iam" or parsed.resource_type not in _STORES:
        return None
    store = iam(_STORES[parsed.resource_type])
    record: dict[str, Any] | None = store.get_scoped(parsed.account, None, parsed.name)
    return record if record is not None and record["Arn"] == arn else None


def unique_id(principal: dict[str, Any]) -> str:
    """Return the `AIDA...` id of a user or `AROA...` id of a role; a recreated one has another id."""
    found: str = principal.get("UserId") or principal["RoleId"]
    return found
