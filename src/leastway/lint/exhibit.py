"""The input of rules: a policy with the paths of its statements and conditions, or the name of an attached policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastway.policy.model import Effect, complete_arn, is_short_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.model import Document, Operator, PolicyError, PolicyHolder, Statement, Values
    from leastway.source import KeyPath

__all__ = ["Attachment", "ConditionAt", "Exhibit", "StatementAt"]


@dataclass(frozen=True, slots=True)
class ConditionAt:
    """One condition of a statement: operator, key and values, and the path of the values."""

    operator: Operator
    key: str
    values: Values
    path: KeyPath

    def each(self) -> Iterator[tuple[str, KeyPath]]:
        """Yield each value with its path."""
        return _each(self.values, self.path)


@dataclass(frozen=True, slots=True)
class StatementAt:
    """A statement and its path from the policy's root."""

    statement: Statement
    path: KeyPath

    @property
    def name(self) -> str:
        """The statement's name in messages: its Sid, or its number, from one."""
        return self.statement.sid or (str(int(self.path[-1]) + 1) if len(self.path) > 1 else "1")

    @property
    def is_allow(self) -> bool:
        """Whether it is an Allow statement."""
        return self.statement.effect is Effect.ALLOW

    def at(self, *parts: str | int) -> KeyPath:
        """Return the path of an element."""
        return (*self.path, *parts)

    def actions(self) -> Iterator[tuple[str, KeyPath]]:
        """Yield each pattern of `Action` with its path; none for NotAction."""
        return _each(self.statement.actions, self.at("Action"))

    def not_actions(self) -> Iterator[tuple[str, KeyPath]]:
        """Yield each pattern of `NotAction` with its path."""
        return _each(self.statement.not_actions, self.at("NotAction"))

    def resources(self) -> Iterator[tuple[str, KeyPath]]:
        """Yield each pattern of `Resource` with its path; none for NotResource."""
        return _each(self.statement.resources, self.at("Resource"))

    def completed(self) -> StatementAt:
        """Return the statement with each short ARN completed."""
        resources, but = self.statement.resources, self.statement.not_resources
        if not any(map(is_short_arn, (*(resources or ()), *(but or ())))):
            return self
        return replace(
            self, statement=replace(self.statement, resources=_completed(resources), not_resources=_completed(but))
        )

    def principals(self) -> Iterator[tuple[str, str, KeyPath]]:
        """Yield type, name and path of each `Principal`; `"*"` alone is of type AWS."""
        principal = self.statement.principal
        if principal is None:
            return
        if principal.everyone:
            yield "AWS", "*", self.at("Principal")
        for principal_type, names in principal.entries:
            for name, path in _each(names, self.at("Principal", principal_type.value)):
                yield principal_type.value, name, path

    def conditions(self) -> Iterator[ConditionAt]:
        """Yield each condition; all must match."""
        for block in self.statement.conditions:
            for key, values in block.tests:
                yield ConditionAt(block.operator, key, values, self.at("Condition", block.operator.text, key))


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A policy to check. `path` leads from the file's root to it; `holder` is None if it is not known.

    `refused`: what AWS would refuse to store although its meaning is clear; the pointers start at the file's root.
    """

    document: Document
    holder: PolicyHolder | None = None
    path: KeyPath = ()
    refused: tuple[PolicyError, ...] = ()

    def statements(self) -> Iterator[StatementAt]:
        """Yield each statement with its path from the policy's root."""
        for index, statement in enumerate(self.document.statements):
            yield StatementAt(statement, ("Statement",) if self.document.single_statement else ("Statement", index))

    def completed(self) -> Iterator[StatementAt]:
        """Yield each statement, with its short ARNs completed if AWS documents that (`model.short_arn`)."""
        completes = self.document.kind.completes_short_arns
        return (found.completed() if completes else found for found in self.statements())

    def allows(self) -> Iterator[StatementAt]:
        """Yield the Allow statements."""
        return (found for found in self.statements() if found.is_allow)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Permissions that a file gives by a name alone.

    The ARN of a managed policy of a user, group or role, or of an EKS access policy of an access entry; a ClusterRole
    in a binding, as `clusterrole/NAME`; a group in a binding or in aws-auth, as `group/NAME`.
    """

    arn: str
    path: KeyPath = ()


def _completed(values: Values | None) -> Values | None:
    return values and replace(values, items=tuple(map(complete_arn, values)))


def _each(values: Values | None, path: KeyPath) -> Iterator[tuple[str, KeyPath]]:
    if values is None:
        return
    for index, item in enumerate(values):
        yield item, path if values.single else (*path, index)
