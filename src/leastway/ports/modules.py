"""Where the Terraform modules of resource definitions are read from, and its double in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from leastway.errors import LeastwayError
from leastway.primitives import Secret

__all__ = ["MemoryModules", "ModulePlace", "ModuleSource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePlace:
    """A folder of a git repository at a revision, and what the repository asks for; what is empty is not needed.

    `organization` is the one for which it is read; `known_hosts` has the keys of an ssh host, one a line.
    """

    organization: str
    url: str
    path: str = ""
    rev: str = ""
    username: str = ""
    ssh_key: Secret | None = None
    password: Secret | None = None
    known_hosts: str = ""


class ModuleSource(Protocol):
    """Reads modules. Implementations are thread-safe, end within a minute, and run nothing of what they read."""

    def read(self, place: ModulePlace) -> Mapping[str, bytes]:
        """Return the files of a module, by their path in its folder, with slashes.

        Errors: LeastwayError, without a secret, if they cannot be read.
        """
        ...


@dataclass
class MemoryModules:
    """The double: modules in memory, by URL and path."""

    modules: dict[tuple[str, str], Mapping[str, bytes]] = field(default_factory=dict)

    def read(self, place: ModulePlace) -> Mapping[str, bytes]:
        """Return the files of a module."""
        found = self.modules.get((place.url, place.path))
        if found is None:
            raise LeastwayError("the repository does not exist", where=place.url, fix="check the URL and the path")
        return found
