"""A policy document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.model.kind import PolicyKind
    from leastway.policy.model.statement import Statement

__all__ = ["CURRENT_VERSION", "OLD_VERSION", "Document"]

CURRENT_VERSION = "2012-10-17"
"""The version of the language that has variables."""
OLD_VERSION = "2008-10-17"
"""The version that a document without `Version` has. Source: IAM User Guide, "JSON policy elements: Version"."""


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document. `version` is None if it was not written."""

    kind: PolicyKind
    statements: tuple[Statement, ...]
    version: str | None = CURRENT_VERSION
    id: str | None = None
    single_statement: bool = False
    """`Statement` was written as one object rather than as a list."""

    @property
    def has_variables(self) -> bool:
        """Whether `${...}` is a variable: only since version 2012-10-17; before, it is plain text."""
        return self.version == CURRENT_VERSION
