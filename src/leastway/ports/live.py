"""Reading and changing live objects, one realm in one place at a time.

Rules for implementations of `Site`:
- `observe` and `read` never write. What cannot be read is returned as `Unreadable`, never as absent.
- Each write is idempotent or refused: creating an existing object raises `AlreadyThereError`, deleting a missing one
  is not an error.
- The mark is written in the same call that creates the object, so that no object of ours is ever without it.
- `update` may take several calls; if it stops between two of them, `observe` and `update` complete it later.
- Vendor errors become `LeastwayError`s that state the missing permission or state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from leastway.errors import LeastwayError
from leastway.estate import (
    Address,
    ClusterFacts,
    EstateObject,
    Mark,
    Observed,
    Obstacle,
    OtherAccess,
    Owner,
    Place,
    Realm,
    Unreadable,
    Watch,
)
from leastway.ports.revoking import Revoker

__all__ = ["AlreadyThereError", "NotThereYetError", "Observation", "Site", "Sites"]


class AlreadyThereError(LeastwayError):
    """The object was created after it was read and before the write; planning again adopts it."""


class NotThereYetError(LeastwayError):
    """A service does not yet know what another one confirmed (a new principal, a new role); a retry may succeed."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Objects found, by address, and what could not be read. A wanted address in neither does not exist.

    In addition to wanted and marked objects it may hold what gives the platform's principals more than the grant does:
    other access policies of a wanted entry, other bindings of a wanted group. `hosts` are the owners of whatever
    carries wanted tags and mappings: a cluster, a node group, aws-auth. `other_access` is the access that is not an
    object. `obstacles` say why wanted objects that do not exist cannot be created.
    """

    objects: Mapping[Address, Observed] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()
    hosts: Mapping[Address, Owner] = field(default_factory=dict)
    other_access: OtherAccess = field(default_factory=OtherAccess)
    obstacles: tuple[Obstacle, ...] = ()


class Site(Protocol):
    """One realm (IAM, EKS or Kubernetes) in one place."""

    def observe(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the live counterpart of every object of `wanted`, and everything that carries the mark of `grant`."""
        ...

    def read(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the live counterpart of every object of `wanted` in as few calls as possible.

        It returns the same as `observe`, but does not look for other objects: for waiting until a change is visible.
        """
        ...

    def other_access(self, watch: Watch, seen: Observation) -> OtherAccess:
        """Look for other access that is not part of the grant; `seen` is what `observe` of this site returned.

        What cannot be read becomes a sighting of unknown weight with the reason, never an error: leastway may lack
        permissions that only this needs.
        """
        ...

    def create(self, wanted: EstateObject, mark: Mark) -> None:
        """Create the object, with its mark."""
        ...

    def update(self, live: Observed, wanted: EstateObject, mark: Mark) -> None:
        """Change what differs between `live` and `wanted`, in place, and make sure that the mark is on it."""
        ...

    def delete(self, live: Observed) -> None:
        """Delete the object, and what cannot exist without it (a user's keys, a role's inline policies)."""
        ...


class Sites(Protocol):
    """Opens all accounts and clusters of a grant."""

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        """Read the mode, status, tags and node groups of each cluster."""
        ...

    def site(self, realm: Realm, place: Place) -> Site:
        """Open one site.

        Raises LeastwayError if there is no way in, or if it leads to another account than the grant states.
        """
        ...

    def revoker(self, account: str) -> Revoker:
        """Open an account for a revocation. Raises LeastwayError as `site` does."""
        ...
