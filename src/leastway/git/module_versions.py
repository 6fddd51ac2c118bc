"""Versions of modules in a registry, and which of them a constraint means: the newest one that it allows.

A version with a suffix (1.0.0-beta) is taken only if the constraint names it alone. Source: Terraform's documentation,
"Version Constraints".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from leastway.errors import LeastwayError

__all__ = ["newest"]

_VERSION: Final = re.compile(
    r"v?(?P<numbers>\d{1,9}(?:\.\d{1,9}){0,2})(?:-(?P<suffix>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)
_TERM: Final = re.compile(r"\s*(?P<operator>=|!=|>=|<=|>|<|~>)?\s*(?P<version>\S+?)\s*")


@dataclass(frozen=True, slots=True)
class _Version:
    numbers: tuple[int, ...]
    """As they are written: 1.2 has two."""
    suffix: str

    @property
    def whole(self) -> tuple[int, ...]:
        return (*self.numbers, 0, 0, 0)[:3]


def newest(versions: Iterable[str], constraint: str, *, where: str) -> str:
    """Return the newest version that the constraint allows; an empty one allows every release.

    Errors: LeastwayError for a constraint that cannot be read, and if no version fits.
    """
    terms = [_term(each, where) for each in constraint.split(",")] if constraint.strip() else []
    known = [(version, text) for text in versions if (version := _version(text)) is not None]
    if len(terms) == 1 and terms[0][0] == "=" and terms[0][1].suffix:
        fitting = [each for each in known if (each[0].whole, each[0].suffix) == (terms[0][1].whole, terms[0][1].suffix)]
    else:
        fitting = [each for each in known if not each[0].suffix and all(_fits(each[0], *term) for term in terms)]
    if not fitting:
        raise LeastwayError(
            f"the registry has no version {constraint.strip() or 'that is released'} of the module", where=where
        )
    return max(fitting, key=lambda each: each[0].whole)[1]


def _term(text: str, where: str) -> tuple[str, _Version]:
    found = _TERM.fullmatch(text)
    version = _version(found["version"]) if found is not None else None
    if found is None or version is None:
        raise LeastwayError(
            "the version of the module cannot be read",
            where=where,
            fix='write it as "1.2.3", "~> 1.2" or ">= 1.2, < 2.0"',
        )
    return found["operator"] or "=", version


def _version(text: str) -> _Version | None:
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    return _Version(tuple(map(int, found["numbers"].split("."))), found["suffix"] or "")


def _fits(version: _Version, operator: str, wanted: _Version) -> bool:
    match operator:
        case "=":
            return version.whole == wanted.whole
        case "!=":
            return version.whole != wanted.whole
        case ">":
            return version.whole > wanted.whole
        case ">=":
            return version.whole >= wanted.whole
        case "<":
            return version.whole < wanted.whole
        case "<=":
            return version.whole <= wanted.whole
        case _:  # ~>: the last number that is written may be higher
            fixed = len(wanted.numbers) - 1
            return version.whole >= wanted.whole and version.whole[:fixed] == wanted.whole[:fixed]
