"""What no live system can tell: the external ids given out, where a grant wrote and what it made, and which file it is.

An external id is generated once for each account of a grant, from at least 128 random bits, and is never the same for
two accounts (IAM User Guide, "The confused deputy problem"). A role may have ids of its own. It is no secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from leastway.estate import Address, Place, Realm, RoleIds, RoleKey

__all__ = ["Store"]


class Store(Protocol):
    """What is remembered between two runs. Every method is durable when it returns."""

    def turn(self, grant: str) -> AbstractContextManager[None]:
        """Keep other processes from the same turn meanwhile: what is read in it is still so when it is written.

        It is short, and not taken again within itself; LeastwayError where another process does not give it back.
        """
        ...

    def external_ids(self, grant: str) -> Mapping[RoleKey, RoleIds]:
        """Return the external ids of every role of the grant that is known, and of each account."""
        ...

    def claim(self, grant: str, account: str, external_ids: Iterable[str]) -> None:
        """Let the ids belong to the account, for good. InvalidInputError when another account has one of them."""
        ...

    def keep(self, grant: str, external_ids: Mapping[RoleKey, RoleIds]) -> None:
        """Remember the ids of these roles, all or none, instead of those they had, and claim them for the account.

        InvalidInputError when another account has one of them.
        """
        ...

    def file_of(self, grant: str) -> str | None:
        """Return the path of the file that the grant's name belongs to, or None."""
        ...

    def remember_file(self, grant: str, path: str | None) -> None:
        """Let the grant's name belong to the file at `path`, whichever it belonged to; with None to no file."""
        ...

    def touched(self, grant: str) -> frozenset[tuple[Realm, Place]]:
        """Return every site on which the grant ever wrote and may still have something."""
        ...

    def touch(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Remember sites, before the first write to them."""
        ...

    def forget(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Forget sites that were seen to hold nothing of the grant."""
        ...

    def made(self, grant: str) -> Mapping[Address, str]:
        """Return what leastway made or took over for the grant: unique ids by address.

        An id is empty where there is none, and where the object was about to be made when the run ended.
        """
        ...

    def remember_made(self, grant: str, objects: Mapping[Address, str]) -> None:
        """Remember what leastway makes or takes over, all or none, over what is known of the same addresses."""
        ...

    def forget_made(self, grant: str, addresses: Iterable[Address] | None = None) -> None:
        """Forget what was removed; without `addresses` all of the grant's."""
        ...
