"""Condition operators: their names and properties.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys". Operators are not case-sensitive, as in IAM (not documented); the written form is kept.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["BaseOperator", "Operator", "OperatorFamily", "SetQuantifier"]


class OperatorFamily(enum.StrEnum):
    """The type of the two sides of a comparison."""

    STRING = "string"
    NUMERIC = "numeric"
    DATE = "date"
    BOOL = "bool"
    BINARY = "binary"
    IP = "ip"
    ARN = "arn"
    NULL = "null"


class BaseOperator(enum.StrEnum):
    """A condition operator without its quantifier and suffix."""

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
        """The type of the two sides."""
        name = self.value.removeprefix("Not").lower()
        return next(family for family in OperatorFamily if name.startswith(family.value))

    @property
    def takes_variables(self) -> bool:
        """Whether `${...}` is replaced by a value of the request: only with strings and ARNs.

        AWS's page on operators allows variables with Bool too, its page on variables does not; we follow the latter.
        """
        return self.family in (OperatorFamily.STRING, OperatorFamily.ARN)


class SetQuantifier(enum.StrEnum):
    """How several values of one request key are combined."""

    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


_BASES = {base.value.lower(): base for base in BaseOperator}
_QUANTIFIERS = {quantifier.value.lower(): quantifier for quantifier in SetQuantifier}
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator in a policy; `text` is the written form."""

    text: str
    base: BaseOperator
    quantifier: SetQuantifier | None = None
    if_exists: bool = False

    @classmethod
    def parse(cls, text: str) -> Operator | None:
        """Read `text`; None if there is no such operator (for example `NullIfExists`)."""
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
