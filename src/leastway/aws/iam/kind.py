"""What each kind of IAM object that can carry tags offers to the site."""

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
    """What one call tells of an object: enough to know whose it is."""

    name: str
    unique_id: str
    tags: Mapping[str, str]
    answer: Mapping[str, Any]

    @property
    def mark(self) -> Mark | None:
        """Our mark, if it carries one."""
        return mark_of(self.tags)


class IamKind(Protocol[T_contra]):
    """One kind. A `reference` is what AWS wants to be told: a policy's ARN, a user's or role's name."""

    def listed(self) -> Mapping[str, str]:
        """Return the reference of every object of this kind in the account, by name; all pages."""
        ...

    def reference(self, wanted: T_contra) -> str:
        """Return the reference that `wanted` will have."""
        ...

    def head(self, reference: str) -> Head | None:
        """Read one object's head, or None when there is no such object."""
        ...

    def observed(self, head: Head) -> Observed:
        """Read the rest of the object."""
        ...

    def used_by(self, head: Head, *, wanted: bool) -> tuple[Use, ...]:
        """Read what uses the object; of a wanted one only what may make it another tool's."""
        ...

    def create(self, wanted: T_contra, mark: Mark) -> None:
        """Make it, as `Site.create` says."""
        ...

    def update(self, live: T_contra, wanted: T_contra, old: Mark | None, mark: Mark) -> None:
        """Change it from `live`, marked `old`, as `Site.update` says."""
        ...

    def delete(self, live: T_contra, mark: Mark | None) -> None:
        """Remove it, as `Site.delete` says; refused where it no longer carries `mark`."""
        ...
