"""The error with which a validator refuses a value."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

__all__ = ["refusal"]


def refusal(rule: str, message: str, fix: str) -> PydanticCustomError:
    """Return the error with which a validator refuses a value under `rule`, with its fix."""
    # pydantic expects literal ids, but the rule is our own. The texts are context, because braces in them mean fields.
    return PydanticCustomError(rule, "{message}", {"message": message, "fix": fix})  # type: ignore[arg-type,unused-ignore]
