"""What every format fulfils: from one request to the text of its files."""

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
    """A format has no way to say something that the grant asks for; nothing is written, and nothing is dropped."""

    exit_code = ExitCode.INCOMPLETE


class NothingToExportError(CannotExportError):
    """The grant asks for nothing that the format is for; files of an earlier grant are then extra."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export: the estate, the name and version of the platform profile that it was compiled with, and as what.

    `format` is the word of the command line; every file names it, so that several formats may share a folder. The names
    of roles begin with `role_prefix`. `dangers` are what the grant asks for although it is dangerous, at the place or
    role as `Place` and `Address` print; each is said in the header of the files that it concerns. `registrations`
    returns what the platform itself is told.
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
        """Return each account's objects, its clusters' included, in the order of the estate."""
        return self._by(lambda place: place.account)

    def by_cluster(self) -> Mapping[Place, tuple[EstateObject, ...]]:
        """Return each cluster's objects, in the order of the estate."""
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
        """What comes of it, in a line."""
        ...

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return each file's text by its path, relative and with `/`.

        Each file begins with the lines of `header`, in the comments of its language. CannotExportError for what the
        format cannot carry.
        """
        ...
