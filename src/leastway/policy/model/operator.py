"""Condition operators: the names, and what a name says.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys". Operators are read without regard to case, as IAM does (not documented); the written form is kept.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["BaseOperator", "Operator", "OperatorFamily", "SetQuantifier"]


class OperatorFamily(enum.StrEnum):
    """How the two sides of a comparison are read."""

    STRING = "string"
    NUMERIC = "numeric"
    DATE = "date"
    BOOL = "bool"
    BINARY = "binary"
    IP = "ip"
    ARN = "arn"
    NULL = "null"


class BaseOperator(enum.StrEnum):
    """An operator without quantifier and suffix."""

    STRING_EQUALS = "StringEquals"
    STRING_NOT_EQUALS = "StringNotEquals"
    STRING_EQUALS_IGNORE_CASE = "StringEqualsIgnoreCase"
    STRING_NOT_EQUALS_IGNORE_CASE = "StringNotEqualsIgnoreCase"
    STRING_LIKE = "StringLike"
    STRING_NOT_LIKE = "StringNotLike"
    NUMERIC_EQUALS = "NumericEquals"
    NUMERIC_NOT_EQUALS = "NumericNotEquals"
    NUMERIC_LESS_THAN = "NumericLessThan"
    NUMERIC_LESS_THAN_EQUALS = "NumericLessThanEquals"
    NUMERIC_GREATER_THAN = "NumericGreaterThan"
    NUMERIC_GREATER_THAN_EQUALS = "NumericGreaterThanEquals"
    DATE_EQUALS = "DateEquals"
    DATE_NOT_EQUALS = "DateNotEquals"
    DATE_LESS_THAN = "DateLessThan"
    DATE_LESS_THAN_EQUALS = "DateLessThanEquals"
    DATE_GREATER_THAN = "DateGreaterThan"
    DATE_GREATER_THAN_EQUALS = "DateGreaterThanEquals"
    BOOL = "Bool"
    BINARY_EQUALS = "BinaryEquals"
    IP_ADDRESS = "IpAddress"
    NOT_IP_ADDRESS = "NotIpAddress"
    ARN_EQUALS = "ArnEquals"
    ARN_LIKE = "ArnLike"
    ARN_NOT_EQUALS = "ArnNotEquals"
    ARN_NOT_LIKE = "ArnNotLike"
    NULL = "Null"

    @property
    def negated(self) -> bool:
        """Whether a match makes the condition false."""
        return "Not" in self.value

    @property
    def family(self) -> OperatorFamily:
        """How the two sides are read."""
        name = self.value.removeprefix("Not").lower()
        return next(family for family in OperatorFamily if name.startswith(family.value))

    @property
    def takes_variables(self) -> bool:
        """Whether `${...}` stands for a value of the request: with strings and ARNs only.

        The operators' page grants Bool variables too, the variables' page refuses them; the latter is followed.
        """
        return self.family in (OperatorFamily.STRING, OperatorFamily.ARN)


class SetQuantifier(enum.StrEnum):
    """How the several values of one request key are taken together."""

    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


_BASES = {base.value.lower(): base for base in BaseOperator}
_QUANTIFIERS = {quantifier.value.lower(): quantifier for quantifier in SetQuantifier}
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator as it stands in a policy; `text` is how it was written."""

    text: str
    base: BaseOperator
    quantifier: SetQuantifier | None = None
    if_exists: bool = False

    @classmethod
    def parse(cls, text: str) -> Operator | None:
        """Read `text`; None when there is no such operator (`NullIfExists` among them)."""
        prefix, colon, rest = text.lower().rpartition(":")
        quantifier = _QUANTIFIERS.get(prefix)
        if colon and quantifier is None:
            return None
        base = _BASES.get(rest.removesuffix(_IF_EXISTS))
        if_exists = rest.endswith(_IF_EXISTS)
        if base is None or (if_exists and base is BaseOperator.NULL):
            return None
        return cls(text, base, quantifier, if_exists)

    @property
    def name(self) -> str:
        """The operator as the documentation spells it."""
        prefix = f"{self.quantifier.value}:" if self.quantifier else ""
        return f"{prefix}{self.base.value}{'IfExists' if self.if_exists else ''}"
