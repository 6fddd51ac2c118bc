"""How a value says no."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

__all__ = ["refusal"]


def refusal(rule: str, message: str, fix: str) -> PydanticCustomError:
    """Return the error by which a validator refuses a value under `rule`, with the way out."""
    # The rule is an id of ours, yet pydantic wants literals; texts travel as context, for braces mean fields there.
    return PydanticCustomError(rule, "{message}", {"message": message, "fix": fix})  # type: ignore[arg-type,unused-ignore]
