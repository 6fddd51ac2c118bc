"""The principals that a statement of a resource or trust policy names.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.model.values import Values

__all__ = ["Principal", "PrincipalType"]


class PrincipalType(enum.StrEnum):
    """The keys of a principal object."""

    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"


@dataclass(frozen=True, slots=True)
class Principal:
    """A `Principal` or `NotPrincipal` element: names by type, or `"*"` alone."""

    entries: tuple[tuple[PrincipalType, Values], ...] = ()
    everyone: bool = False
    """Written as `"*"` alone; `entries` is empty then."""

    def names(self) -> Iterator[tuple[PrincipalType, str]]:
        """Yield each type and name; `"*"` alone is yielded as `AWS` and `"*"`, which means the same."""
        if self.everyone:
            yield PrincipalType.AWS, "*"
        for principal_type, values in self.entries:
            for name in values:
                yield principal_type, name
