"""The live side: reading and changing objects, one realm in one place at a time.

Rules for whoever implements a `Site`:
- `observe` and `read` never write. What cannot be read comes back as `Unreadable`, never as absent.
- Each write is idempotent or refused: creating what exists raises `AlreadyThereError`, deleting what is gone is done.
- The mark is written in the same call that makes the object, so that nothing of ours is ever without it.
- `update` may take several calls; stopping between any two leaves a state that `observe` and `update` mend.
- Vendor errors become `LeastwayError`s that say what permission or state is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from leastway.errors import LeastwayError
from leastway.estate import (
    Address,
    Beside,
    ClusterFacts,
    EstateObject,
    Mark,
    Observed,
    Obstacle,
    Owner,
    Place,
    Realm,
    Unreadable,
    Watch,
)

__all__ = ["AlreadyThereError", "NotThereYetError", "Observation", "Site", "Sites"]


class AlreadyThereError(LeastwayError):
    """Somebody made the object between our reading and our writing; planning again adopts it."""


class NotThereYetError(LeastwayError):
    """A service does not know yet what another one confirmed (a new principal, a new role): worth trying again."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was found, by address, and what could not be read. A wanted address in neither does not exist.

    Beside the wanted and the marked it may hold what gives the platform's principals more than was asked for: other
    access policies of a wanted entry, other bindings of a wanted group. `hosts` are the owners of what wanted tags and
    mappings are put on: a cluster, a node group, aws-auth. `beside` is what was seen that is no object. `obstacles` say
    of wanted objects that do not exist why they cannot be made.
    """

    objects: Mapping[Address, Observed] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()
    hosts: Mapping[Address, Owner] = field(default_factory=dict)
    beside: Beside = field(default_factory=Beside)
    obstacles: tuple[Obstacle, ...] = ()


class Site(Protocol):
    """One realm (IAM, EKS or Kubernetes) in one place."""

    def observe(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the live counterpart of every object of `wanted`, and everything that carries the mark of `grant`."""
        ...

    def read(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the live counterpart of every object of `wanted` in as few calls as that takes.

        It answers as `observe` does, but does not look for what else there is: for waiting until a change is seen.
        """
        ...

    def beside(self, watch: Watch, seen: Observation) -> Beside:
        """Look for the ways in that are no objects of the grant; `seen` is what `observe` of this site answered.

        What may not be read, or cannot, becomes a sighting of unknown weight that says why, never an error: leastway
        may lack rights for it that nothing else needs.
        """
        ...

    def create(self, wanted: EstateObject, mark: Mark) -> None:
        """Make the object, with its mark."""
        ...

    def update(self, live: Observed, wanted: EstateObject, mark: Mark) -> None:
        """Change what differs between `live` and `wanted`, in place, and see that the mark is on it."""
        ...

    def delete(self, live: Observed) -> None:
        """Remove the object, and what cannot outlive it (a user's keys, a role's inline policies)."""
        ...


class Sites(Protocol):
    """The doors to all accounts and clusters of a grant."""

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        """Ask each cluster for its mode, its status, its tags and its node groups."""
        ...

    def site(self, realm: Realm, place: Place) -> Site:
        """Open one site.

        Raises LeastwayError where there is no way in, or where the way in leads to another account than the grant
        says.
        """
        ...
