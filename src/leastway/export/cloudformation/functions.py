"""CloudFormation's functions as values, so that functions and texts are never confused.

Source: AWS CloudFormation User Guide, "Intrinsic function reference" and "Using dynamic references".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leastway.export.exporter import CannotExportError

__all__ = ["ACCOUNT_ID", "Equals", "FindInMap", "GetAtt", "If", "Join", "Not", "Ref", "Sub", "plain"]


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a parameter, or the identifier of a resource."""

    name: str


@dataclass(frozen=True, slots=True)
class GetAtt:
    """An attribute of a resource, which is therefore created first."""

    resource: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Sub:
    """A text that contains `${NAME}`, and no other `${`."""

    text: str


@dataclass(frozen=True, slots=True)
class Join:
    """Concatenated texts and functions; nothing in the texts is replaced."""

    parts: tuple[str | Ref, ...]


@dataclass(frozen=True, slots=True)
class FindInMap:
    """A value in the section Mappings."""

    mapping: str
    first: Ref
    second: str


@dataclass(frozen=True, slots=True)
class If:
    """One value if a condition holds, otherwise another."""

    condition: str
    then: Any
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Equals:
    """A condition: two values are equal."""

    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Not:
    """A condition: another one does not hold."""

    condition: Equals


ACCOUNT_ID = Ref("AWS::AccountId")
"""The account that the stack is in."""


def plain(value: Any, where: str) -> Any:
    """Return a JSON value unchanged; CannotExportError if CloudFormation would interpret something in it.

    `{{resolve:` in a text fetches a secret anywhere in a template, and a key can have the name of a function.
    """
    match value:
        case str() if "{{resolve:" in value:
            raise CannotExportError(
                "CloudFormation would replace {{resolve:...} with the value of a secret, and this cannot be escaped",
                where=where,
                fix="remove it from that policy or description, or export as aws-cli",
            )
        case dict():
            for key in value:
                if key == "Ref" or key.startswith("Fn::"):
                    raise CannotExportError(
                        f"CloudFormation would interpret the key {key!r} as a function", where=where
                    )
            return {key: plain(item, where) for key, item in value.items()}
        case list():
            return [plain(item, where) for item in value]
        case _:
            return value
