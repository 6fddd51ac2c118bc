"""CloudFormation's functions as values, so that none is ever taken for a text, nor a text for one.

Source: AWS CloudFormation User Guide, "Intrinsic function reference" and "Using dynamic references".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leastway.export.exporter import CannotExportError

__all__ = ["ACCOUNT_ID", "Equals", "FindInMap", "GetAtt", "If", "Join", "Not", "Ref", "Sub", "plain"]


@dataclass(frozen=True, slots=True)
class Ref:
    """A parameter's value, or what a resource is known by."""

    name: str


@dataclass(frozen=True, slots=True)
class GetAtt:
    """An attribute of a resource; it also makes the resource come first."""

    resource: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Sub:
    """A text with `${NAME}` in it, and no other `${`."""

    text: str


@dataclass(frozen=True, slots=True)
class Join:
    """Texts one after the other, some of them functions; of a text in it nothing is replaced."""

    parts: tuple[str | Ref, ...]


@dataclass(frozen=True, slots=True)
class FindInMap:
    """A value of the section Mappings."""

    mapping: str
    first: Ref
    second: str


@dataclass(frozen=True, slots=True)
class If:
    """One value where a condition holds, and else another."""

    condition: str
    then: Any
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Equals:
    """A condition: whether two values are the same."""

    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Not:
    """A condition: whether another does not hold."""

    condition: Equals


ACCOUNT_ID = Ref("AWS::AccountId")
"""The account that the stack is in."""


def plain(value: Any, where: str) -> Any:
    """Return a JSON value as it is; CannotExportError where CloudFormation would take something in it for its own.

    A text may not hold `{{resolve:`, which fetches a secret wherever it stands; no key may be a function's.
    """
    match value:
        case str() if "{{resolve:" in value:
            raise CannotExportError(
                "CloudFormation would replace {{resolve:...} by a secret's value, and cannot be told not to",
                where=where,
                fix="take it out of that policy or description, or export as aws-cli",
            )
        case dict():
            for key in value:
                if key == "Ref" or key.startswith("Fn::"):
                    raise CannotExportError(f"CloudFormation would take {key!r} for its own function", where=where)
            return {key: plain(item, where) for key, item in value.items()}
        case list():
            return [plain(item, where) for item in value]
        case _:
            return value
