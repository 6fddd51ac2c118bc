"""ministack's stores, with an index by account: what is kept of one account is found without looking at the others.

ministack keeps each kind of object in one dictionary of all accounts, and walks over all of it to list what one account
has. With two hundred accounts that is most of the work of a list.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from leastway.errors import LeastwayError
from leastway.sandbox.process.engine import require

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["index_stores"]


class _Indexed(MutableMapping[Any, Any]):
    """A dictionary whose keys are tuples; `scopes` has, for each tuple without its last part, the last parts."""

    __slots__ = ("flat", "scopes")

    def __init__(self) -> None:
        self.flat: dict[Any, Any] = {}
        self.scopes: dict[Any, dict[Any, None]] = {}

    def __getitem__(self, key: Any) -> Any:
        return self.flat[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.flat[key] = value
        self.scopes.setdefault(key[:-1], {})[key[-1]] = None

    def __delitem__(self, key: Any) -> None:
        del self.flat[key]
        del self.scopes[key[:-1]][key[-1]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.flat)

    def __len__(self) -> int:
        return len(self.flat)

    def __contains__(self, key: object) -> bool:
        return key in self.flat

    def get(self, key: Any, default: Any = None) -> Any:
        return self.flat.get(key, default)

    def clear(self) -> None:
        self.flat.clear()
        self.scopes.clear()


def index_stores() -> None:
    """Let every store that is made from now on have the index; to be called before a service is imported."""
    account, region = require("core.responses", "get_account_id"), require("core.responses", "get_region")
    for name, scope in (
        ("AccountScopedDict", lambda: (account(),)),
        ("AccountRegionScopedDict", lambda: (account(), region())),
    ):
        _index(require("core.responses", name), scope)


def _index(store: Any, scope: Any) -> None:
    def begin(self: Any) -> None:
        self._data = _Indexed()

    def keys(self: Any) -> list[Any]:
        return list(self._data.scopes.get(scope(), ()))

    def items(self: Any) -> list[tuple[Any, Any]]:
        mine = scope()
        return [(key, self._data[(*mine, key)]) for key in self._data.scopes.get(mine, ())]

    def values(self: Any) -> list[Any]:
        mine = scope()
        return [self._data[(*mine, key)] for key in self._data.scopes.get(mine, ())]

    def every(self: Any) -> Iterator[Any]:
        return iter(keys(self))

    def count(self: Any) -> int:
        return len(self._data.scopes.get(scope(), ()))

    for name, method in (
        ("__init__", begin),
        ("keys", keys),
        ("items", items),
        ("values", values),
        ("__iter__", every),
        ("__len__", count),
        ("__bool__", lambda self: count(self) > 0),
    ):
        if not hasattr(store, name):
            raise LeastwayError(
                f"ministack's {store.__name__} has no {name} any more: its index must be looked at again"
            )
        setattr(store, name, method)
