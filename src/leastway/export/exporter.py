"""The interface of every format: from one request to the text of its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from leastway.errors import ExitCode, InvalidInputError
from leastway.estate import Estate, EstateObject, Note, Place
from leastway.registry import Registrations

__all__ = ["CannotExportError", "ExportRequest", "Exporter", "NothingToExportError"]

K = TypeVar("K", str, Place)


class CannotExportError(InvalidInputError):
    """A format cannot express something in the grant; nothing is written, and nothing is left out silently."""

    exit_code = ExitCode.INCOMPLETE


class NothingToExportError(CannotExportError):
    """The grant has nothing for this format; files of an earlier version of the grant are then extra."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export: the estate, the name and version of the platform profile it was compiled with, and the format.

    `format` is the word on the command line; every file names it, so that several formats can share a folder. The names
    of roles begin with `role_prefix`. `dangers` are the parts of the grant that are dangerous on purpose, at the place
    or role as `Place` and `Address` print them; the header of each file lists those that concern it. `registrations`
    returns what to register with the platform itself.
    """

    profile: str
    version: str
    estate: Estate
    format: str
    role_prefix: str = ""
    dangers: tuple[Note, ...] = ()
    registrations: Callable[[], Registrations] = Registrations

    @property
    def grant(self) -> str:
        """The grant's name."""
        return self.estate.grant

    def by_account(self) -> Mapping[str, tuple[EstateObject, ...]]:
        """Return the objects of each account, including those of its clusters, in the order of the estate."""
        return self._by(lambda place: place.account)

    def by_cluster(self) -> Mapping[Place, tuple[EstateObject, ...]]:
        """Return the objects of each cluster, in the order of the estate."""
        found = self._by(lambda place: place)
        return {place: objects for place, objects in found.items() if place.cluster}

    def _by(self, key: Callable[[Place], K]) -> dict[K, tuple[EstateObject, ...]]:
        grouped: dict[K, list[EstateObject]] = {}
        for each in self.estate:
            grouped.setdefault(key(each.address.place), []).append(each)
        return {name: tuple(objects) for name, objects in grouped.items()}


class Exporter(Protocol):
    """One format."""

    @property
    def name(self) -> str:
        """The word on the command line."""
        ...

    @property
    def makes(self) -> str:
        """What it writes, in one line."""
        ...

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return the text of each file by its path, which is relative and uses `/`.

        Each file begins with the lines of `header`, as comments of its language. CannotExportError for anything that
        the format cannot express.
        """
        ...
