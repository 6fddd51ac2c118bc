"""Collecting an observation, object by object, and looking beside it, with AWS's errors in leastway's words.

What cannot be read stops nothing else, and never counts as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from leastway import ports
from leastway.aws.errors import aws_errors
from leastway.errors import LeastwayError
from leastway.estate import Address, Mark, Observed, Owner, Place, Sighting, Unreadable, Way
from leastway.ports import Observation

__all__ = ["ObservationBuilder", "looked"]


class ObservationBuilder:
    """What was found so far of the `wanted` addresses and of what `grant` marked."""

    def __init__(self, wanted: Set[Address], grant: str) -> None:
        self._wanted = wanted
        self._grant = grant
        self.objects: dict[Address, Observed] = {}
        self._unreadable: list[Unreadable] = []
        self._hosts: dict[Address, Owner] = {}

    def wants(self, address: Address) -> bool:
        """Say whether the grant asks for the object."""
        return address in self._wanted

    def concerns(self, address: Address, mark: Mark | None) -> bool:
        """Say whether an object belongs into the observation: it is wanted, or the grant's mark is on it."""
        return address in self._wanted or self.is_marked(mark)

    def is_marked(self, mark: Mark | None) -> bool:
        """Say whether a mark is the grant's."""
        return mark is not None and mark.grant == self._grant

    def add(self, address: Address, read: Callable[[], Observed | None]) -> None:
        """Read one object, which may turn out not to exist."""
        try:
            with aws_errors(str(address)):
                observed = read()
        except LeastwayError as error:
            self.refuse(address, error)
            return
        if observed is not None:
            self.found(observed)

    def found(self, observed: Observed) -> None:
        """Keep what was read, if it belongs into the observation."""
        address = observed.object.address
        if self.concerns(address, observed.mark):
            self.objects[address] = observed

    def more(self, observed: Observed) -> None:
        """Keep what gives a wanted principal more than was asked for."""
        self.objects[observed.object.address] = observed

    def host(self, addresses: Iterable[Address], owner: Owner | None) -> None:
        """Keep whose the thing is that the wanted objects at `addresses` are put on."""
        if owner is not None:
            self._hosts.update(dict.fromkeys(addresses, owner))

    def refuse(self, address: Address, error: LeastwayError) -> None:
        """Say that an object cannot be read."""
        reason = error.what if error.where in (None, str(address)) else f"{error.where}: {error.what}"
        self._unreadable.append(Unreadable(address, reason, error.fix or ""))

    def done(self) -> Observation:
        """Return everything."""
        return Observation(self.objects, tuple(self._unreadable), self._hosts)


def looked(place: Place, way: Way, name: str, look: Callable[[], Iterable[Sighting]]) -> list[Sighting]:
    """Return what `look` sees, or that nobody knows about `name`, and why."""

    def asked() -> list[Sighting]:
        with aws_errors(str(place)):
            return list(look())

    return ports.looked(place, way, name, asked)
