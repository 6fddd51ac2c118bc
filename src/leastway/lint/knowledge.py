"""What rules know besides the policy: AWS's catalog, your own accounts, and the known platforms."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastway.policy.catalog import Catalog, find_global_key, load_catalog

if TYPE_CHECKING:
    import datetime as dt

    from leastway.policy.catalog import Action, ConditionKey, GlobalKey

__all__ = ["Knowledge", "KnownPlatform"]

_MOST_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True)
class KnownPlatform:
    """An external platform: its principal, the addresses that it calls from, and their date of publication.

    `former` are addresses of its older lists: a policy that names one of them refers to this platform.
    """

    name: str
    principal: str
    addresses: tuple[str, ...]
    published: dt.date
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What rules know besides the policy.

    `own_accounts`: account ids; principals of other accounts are third parties. `thorough`: also prove what several
    statements do together, which is slow.
    """

    catalog: Catalog = field(default_factory=load_catalog)
    own_accounts: frozenset[str] = frozenset()
    platforms: tuple[KnownPlatform, ...] = ()
    thorough: bool = False

    def actions(self, pattern: str) -> tuple[Action, ...] | None:
        """Return the actions that `pattern` matches; None for a pattern with a wildcard in its service."""
        return _actions(self.catalog, pattern.lower())

    def key(self, key: str) -> ConditionKey | GlobalKey | None:
        """Return the entry of a condition key, None if it is unknown."""
        return _key(self.catalog, key.lower())

    @property
    def catalog_name(self) -> str:
        """The catalog's name in messages."""
        return f"the catalog of {self.catalog.updated}"


@functools.lru_cache(_MOST_REMEMBERED)
def _actions(catalog: Catalog, pattern: str) -> tuple[Action, ...] | None:
    service = pattern.partition(":")[0]
    return None if "*" in service else catalog.expand(pattern)


@functools.lru_cache(_MOST_REMEMBERED)
def _key(catalog: Catalog, key: str) -> ConditionKey | GlobalKey | None:
    return find_global_key(key) or (catalog.find_condition_key(key) if ":" in key else None)
