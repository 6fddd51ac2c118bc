"""Collecting an observation object by object, and finding other access, with AWS's errors translated.

An object that cannot be read stops nothing else, and never counts as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from leastway import ports
from leastway.aws.errors import aws_errors
from leastway.errors import LeastwayError
from leastway.estate import Address, Mark, Observed, Owner, Place, Sighting, Unreadable, Way
from leastway.ports import Observation

__all__ = ["ObservationBuilder", "find_sightings"]


class ObservationBuilder:
    """The objects read so far: the `wanted` addresses, and those with the mark of `grant`."""

    def __init__(self, wanted: Set[Address], grant: str) -> None:
        self._wanted = wanted
        self._grant = grant
        self.objects: dict[Address, Observed] = {}
        self._unreadable: list[Unreadable] = []
        self._hosts: dict[Address, Owner] = {}

    def wants(self, address: Address) -> bool:
        """Return whether the grant asks for the object."""
        return address in self._wanted

    def concerns(self, address: Address, mark: Mark | None) -> bool:
        """Return whether an object belongs to the observation: it is desired, or has the grant's mark."""
        return address in self._wanted or self.is_marked(mark)

    def is_marked(self, mark: Mark | None) -> bool:
        """Return whether a mark is the grant's."""
        return mark is not None and mark.grant == self._grant

    def add(self, address: Address, read: Callable[[], Observed | None]) -> None:
        """Read one object, which may not exist."""
        try:
            with aws_errors(str(address)):
                observed = read()
        except LeastwayError as error:
            self.refuse(address, error)
            return
        if observed is not None:
            self.found(observed)

    def found(self, observed: Observed) -> None:
        """Add an object, if it belongs to the observation."""
        address = observed.object.address
        if self.concerns(address, observed.mark):
            self.objects[address] = observed

    def more(self, observed: Observed) -> None:
        """Add objects that give a desired principal more than the grant asks for."""
        self.objects[observed.object.address] = observed

    def host(self, addresses: Iterable[Address], owner: Owner | None) -> None:
        """Add the owner of the resource that holds the desired objects at `addresses`."""
        if owner is not None:
            self._hosts.update(dict.fromkeys(addresses, owner))

    def refuse(self, address: Address, error: LeastwayError) -> None:
        """Record that an object cannot be read."""
        reason = error.what if error.where in (None, str(address)) else f"{error.where}: {error.what}"
        self._unreadable.append(Unreadable(address, reason, error.fix or ""))

    def done(self) -> Observation:
        """Return the observation."""
        return Observation(self.objects, tuple(self._unreadable), self._hosts)


def find_sightings(place: Place, way: Way, name: str, look: Callable[[], Iterable[Sighting]]) -> list[Sighting]:
    """Return the sightings of `look`, or one sighting that says why `name` could not be checked."""

    def asked() -> list[Sighting]:
        with aws_errors(str(place)):
            return list(look())

    return ports.find_sightings(place, way, name, asked)
