"""The interface that each kind of IAM object with tags implements for the site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from leastway.aws.tags import mark_of
from leastway.estate import EstateObject, Mark, Observed, Use

__all__ = ["Head", "IamKind"]

T_contra = TypeVar("T_contra", bound=EstateObject, contravariant=True)


@dataclass(frozen=True, slots=True)
class Head:
    """What one call returns about an object: enough to know to whom it belongs."""

    name: str
    unique_id: str
    tags: Mapping[str, str]
    answer: Mapping[str, Any]

    @property
    def mark(self) -> Mark | None:
        """Our mark, or None."""
        return mark_of(self.tags)


class IamKind(Protocol[T_contra]):
    """One kind. A `reference` is what AWS's calls take: a policy's ARN, a user's or role's name."""

    def listed(self) -> Mapping[str, str]:
        """Return the reference of every object of this kind in the account, by name; all pages."""
        ...

    def reference(self, wanted: T_contra) -> str:
        """Return the reference that `wanted` will have."""
        ...

    def head(self, reference: str) -> Head | None:
        """Read one object's head, or None if it does not exist."""
        ...

    def observed(self, head: Head) -> Observed:
        """Read the rest of the object."""
        ...

    def used_by(self, head: Head, *, wanted: bool) -> tuple[Use, ...]:
        """Read what uses the object; if it is desired, only the uses that may show another tool as its owner."""
        ...

    def create(self, wanted: T_contra, mark: Mark) -> None:
        """Create the object, as specified by `Site.create`."""
        ...

    def update(self, live: T_contra, wanted: T_contra, old: Mark | None, mark: Mark) -> None:
        """Change the object from `live` with the mark `old`, as specified by `Site.update`."""
        ...

    def delete(self, live: T_contra, mark: Mark | None) -> None:
        """Delete the object, as specified by `Site.delete`; refused if its mark is no longer `mark`."""
        ...
