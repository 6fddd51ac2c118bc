"""The store in memory: the double for tests and for rehearsals that must not leave anything behind."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from leastway.errors import InvalidInputError
from leastway.estate import Address, Place, Realm, RoleIds, RoleKey

__all__ = ["MemoryStore"]


@dataclass
class MemoryStore:
    """External ids, files, touched sites and created objects, for the lifetime of the process."""

    ids: dict[str, dict[RoleKey, RoleIds]] = field(default_factory=dict)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    sites: set[tuple[str, Realm, Place]] = field(default_factory=set)
    objects: dict[tuple[str, Address], str] = field(default_factory=dict)
    _turns: AbstractContextManager[Any] = field(default_factory=threading.Lock)

    def turn(self, grant: str) -> AbstractContextManager[None]:
        """Take a turn; this store has only one process."""
        return self._turns

    def external_ids(self, grant: str) -> Mapping[RoleKey, RoleIds]:
        """Return the known ids of the grant's roles."""
        return dict(self.ids.get(grant, {}))

    def claim(self, grant: str, account: str, external_ids: Iterable[str]) -> None:
        """Assign the ids to the account, unless another account has them."""
        for external_id in external_ids:
            if self.owners.setdefault(external_id, (grant, account)) != (grant, account):
                raise InvalidInputError("the external id cannot be claimed", where=f"{grant}/{account}")

    def keep(self, grant: str, external_ids: Mapping[RoleKey, RoleIds]) -> None:
        """Store the ids of these roles."""
        for (account, _), ids in external_ids.items():
            self.claim(grant, account, ids.claimed)
        self.ids.setdefault(grant, {}).update(external_ids)

    def file_of(self, grant: str) -> str | None:
        """Return the grant's file, or None."""
        return self.files.get(grant)

    def remember_file(self, grant: str, path: str | None) -> None:
        """Store the grant's file, or forget it."""
        if path is None:
            self.files.pop(grant, None)
        else:
            self.files[grant] = path

    def touched(self, grant: str) -> frozenset[tuple[Realm, Place]]:
        """Return the sites where the grant wrote."""
        return frozenset((realm, place) for name, realm, place in self.sites if name == grant)

    def touch(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Store where the grant is about to write."""
        self.sites.update((grant, realm, place) for realm, place in sites)

    def forget(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Forget sites that hold nothing of the grant."""
        self.sites.difference_update((grant, realm, place) for realm, place in sites)

    def made(self, grant: str) -> Mapping[Address, str]:
        """Return what leastway created or adopted for the grant."""
        return {address: unique_id for (name, address), unique_id in self.objects.items() if name == grant}

    def remember_made(self, grant: str, objects: Mapping[Address, str]) -> None:
        """Store what leastway creates or adopts."""
        self.objects.update({(grant, address): unique_id for address, unique_id in objects.items()})

    def forget_made(self, grant: str, addresses: Iterable[Address] | None = None) -> None:
        """Forget what was deleted; without `addresses` all of the grant's objects."""
        for address in self.made(grant) if addresses is None else addresses:
            self.objects.pop((grant, address), None)
