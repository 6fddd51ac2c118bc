"""One broken rule: the field, the reason for machines, the text for people."""

from __future__ import annotations

__all__ = ["Problem", "required", "wrong"]

Problem = tuple[str, str, str]


def required(field: str, text: str = "") -> Problem:
    """The field has no value."""
    return field, "FieldValueRequired", f"Required value: {text}" if text else "Required value"


def wrong(field: str, value: str, text: str) -> Problem:
    """The field's value, shown as `value`, is not allowed."""
    return field, "FieldValueInvalid", f"Invalid value: {value}: {text}"
