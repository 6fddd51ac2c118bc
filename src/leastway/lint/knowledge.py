"""What rules know beyond the policy: AWS's catalog, the accounts that are one's own, the platforms that come in."""

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
    """An outside platform: its principal, the addresses that it calls from, and the day they were published.

    `former` are addresses of its older lists: a policy that names one of them means this platform.
    """

    name: str
    principal: str
    addresses: tuple[str, ...]
    published: dt.date
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`own_accounts`: twelve digits each; principals of other accounts are third parties.

    `thorough`: also prove what several statements say together, which takes its time.
    """

    catalog: Catalog = field(default_factory=load_catalog)
    own_accounts: frozenset[str] = frozenset()
    platforms: tuple[KnownPlatform, ...] = ()
    thorough: bool = False

    def actions(self, pattern: str) -> tuple[Action, ...] | None:
        """Return the actions that `pattern` means today; None for a pattern of many services."""
        return _actions(self.catalog, pattern.lower())

    def key(self, key: str) -> ConditionKey | GlobalKey | None:
        """Return what is known of a condition key, None when nobody knows it."""
        return _key(self.catalog, key.lower())

    @property
    def catalog_name(self) -> str:
        """The catalog as messages name it."""
        return f"the catalog of {self.catalog.updated}"


@functools.lru_cache(_MOST_REMEMBERED)
def _actions(catalog: Catalog, pattern: str) -> tuple[Action, ...] | None:
    service = pattern.partition(":")[0]
    return None if "*" in service else catalog.expand(pattern)


@functools.lru_cache(_MOST_REMEMBERED)
def _key(catalog: Catalog, key: str) -> ConditionKey | GlobalKey | None:
    return find_global_key(key) or (catalog.find_condition_key(key) if ":" in key else None)
