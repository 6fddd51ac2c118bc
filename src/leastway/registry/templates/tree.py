"""The tree of a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Assign",
    "Branch",
    "Chain",
    "Constant",
    "Expression",
    "FunctionCall",
    "LiteralText",
    "Loop",
    "Printed",
    "Scoped",
    "Statement",
    "Step",
    "VariableUse",
]


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, a number, a boolean or nil."""

    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class VariableUse:
    """`$name`, `$` for the data, or `.`, which is named so."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Chain:
    """`.a.b` of another value."""

    of: Expression
    names: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function and its arguments; what is piped into it comes last."""

    name: str
    arguments: tuple[Expression, ...]
    at: int
    is_piped: bool = False


Expression = Constant | VariableUse | Chain | FunctionCall


@dataclass(frozen=True, slots=True)
class LiteralText:
    """Literal text."""

    text: str


@dataclass(frozen=True, slots=True)
class Printed:
    """An expression whose value is written."""

    expression: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Assign:
    """`$name := expression`, or `$name = expression` if it is not `is_new`."""

    name: str
    expression: Expression
    is_new: bool
    at: int


@dataclass(frozen=True, slots=True)
class Branch:
    """`if`: one of two bodies. The variable of the condition, if any, is known in both."""

    condition: Expression
    body: Sequence[Statement]
    otherwise: Sequence[Statement]
    variable: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Scoped:
    """`with`: a body whose dot is the value, or another body if the value is empty."""

    value: Expression
    body: Sequence[Statement]
    otherwise: Sequence[Statement]
    variable: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Loop:
    """`range`: a body for each element, or another one. `variables` are those of key and value, or of the value."""

    over: Expression
    body: Sequence[Statement]
    otherwise: Sequence[Statement]
    variables: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """`break` or `continue`."""

    is_break: bool
    at: int


Statement = LiteralText | Printed | Assign | Branch | Scoped | Loop | Step
