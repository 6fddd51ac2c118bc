"""What no live system knows: the external ids in use, the sites and objects of each grant, and its file.

An external id is generated once for each account of a grant, from at least 128 random bits, and is never the same for
two accounts (IAM User Guide, "The confused deputy problem"). A role may have ids of its own. It is not a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from leastway.estate import Address, Place, Realm, RoleIds, RoleKey

__all__ = ["Store"]


class Store(Protocol):
    """State that is kept between runs. Every method is durable when it returns."""

    def turn(self, grant: str) -> AbstractContextManager[None]:
        """Keep other processes out of the same turn: what is read within it is still true when it is written.

        A turn is short and not reentrant. Raises LeastwayError if another process does not release it.
        """
        ...

    def external_ids(self, grant: str) -> Mapping[RoleKey, RoleIds]:
        """Return the external ids of every known role of the grant, and of each account."""
        ...

    def claim(self, grant: str, account: str, external_ids: Iterable[str]) -> None:
        """Assign the ids to the account for good. Raises InvalidInputError if another account has one of them."""
        ...

    def keep(self, grant: str, external_ids: Mapping[RoleKey, RoleIds]) -> None:
        """Store the ids of these roles, all or none, instead of their previous ones, and claim them for the account.

        Raises InvalidInputError if another account has one of them.
        """
        ...

    def file_of(self, grant: str) -> str | None:
        """Return the path of the file that the grant's name belongs to, or None."""
        ...

    def remember_file(self, grant: str, path: str | None) -> None:
        """Assign the grant's name to the file at `path`, and to no other file; None assigns it to no file."""
        ...

    def touched(self, grant: str) -> frozenset[tuple[Realm, Place]]:
        """Return every site on which the grant wrote and may still have objects."""
        ...

    def touch(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Store sites before the first write to them."""
        ...

    def forget(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Forget sites that no longer hold anything of the grant."""
        ...

    def made(self, grant: str) -> Mapping[Address, str]:
        """Return what leastway created or adopted for the grant: unique ids by address.

        An id is empty if the object has none, or if the run ended while the object was being created.
        """
        ...

    def remember_made(self, grant: str, objects: Mapping[Address, str]) -> None:
        """Store what leastway creates or adopts, all or none, and replace what is stored for the same addresses."""
        ...

    def forget_made(self, grant: str, addresses: Iterable[Address] | None = None) -> None:
        """Forget what was deleted; without `addresses` all of the grant's objects."""
        ...
