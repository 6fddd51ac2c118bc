"""Whether a mark is believed: whoever may tag can set one, so the store says what leastway made and took over.

Each object is remembered with its unique id (RoleId, UserId, PolicyId, the ARN of an access entry, Kubernetes' uid)
when leastway makes it or takes it over. A mark on one that is not remembered, or on another one of the same name, is no
more than a tag: a wanted object is then taken over like any other that is there, and one that is not wanted is left,
until a person says that the mark is to be believed. The record of an object that is about to be made has no id yet, and
neither has that of a tag or a mapping: there the record alone is enough. A key is its user's, an access policy its
entry's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leastway.estate import AccessKey, AccessPolicy, Address, EstateObject, Kind, Observed, Place

__all__ = ["TRUST_MARKS", "Made", "anchor"]

TRUST_MARKS = "--trust-marks"
"""The flag by which a person believes the marks."""


def anchor(candidate: EstateObject) -> Address:
    """Return the address of the object whose record answers for `candidate`."""
    match candidate:
        case AccessKey():
            return Address(Place(candidate.account), Kind.USER, candidate.user)
        case AccessPolicy():
            return Address(candidate.place, Kind.ACCESS_ENTRY, candidate.principal)
        case _:
            return candidate.address


@dataclass(frozen=True, slots=True)
class Made:
    """What leastway made or took over for one grant: unique ids by address, empty where there is none (yet).

    With `trusted`, a person has said that marks are to be believed.
    """

    ids: Mapping[Address, str]
    trusted: bool = False

    def doubt(self, observed: Observed, objects: Mapping[Address, Observed]) -> str:
        """Say why the mark on `observed` is not believed, or nothing; `objects` are all that was found."""
        if self.trusted:
            return ""
        address = anchor(observed.object)
        is_part = address != observed.object.address
        what = f"its {address.kind.value} {address.name}" if is_part else "it"
        known = self.ids.get(address)
        if known is None:
            return f"{what} carries the grant's mark, and leastway's store does not know that leastway made it"
        found = objects.get(address) if is_part else observed
        if known and found is not None and found.unique_id and found.unique_id != known:
            return (
                f"{what} carries the grant's mark, and is not the one that leastway made:"
                f" that was {known}, and this is {found.unique_id}"
            )
        return ""
