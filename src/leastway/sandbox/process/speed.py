"""Caches and indexes for what ministack computes again for each request.

Policies, addresses, routes, and the owners of keys are cached. ministack keeps each kind of object in one dictionary of
all accounts, and scans it to list the objects of one account: with two hundred accounts that is most of the work of a
list, so each store gets an index by account.
"""

from __future__ import annotations

import functools
from collections import UserDict
from collections.abc import Iterable, Mapping
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.process.engine import Function, change, iam, require

__all__ = ["index_stores"]

_ENTRIES = 4096
_owners: dict[str, str] = {}


@change("core.iam_evaluator", "_op_ip_address")
@functools.lru_cache(_ENTRIES)
def _cached(original: Function, *arguments: Any) -> Any:
    return original(*arguments)


@change("core.iam_evaluator", "parse_policy_document")
def _parse(original: Function, document: Any) -> Any:
    return _cached(original, document) if isinstance(document, str) else original(document)


@change("core.iam_actions", "_match_rest_action")
def _match(original: Function, service: str, method: str, path: str, query: Any = None) -> Any:
    return original(service, method, path, query) if query else _cached(original, service, method, path)


@change("app", "find_iam_access_key_account")
@change("core.iam_evaluator", "find_iam_access_key_account")
def _owner(original: Function, key: str) -> Any:
    account = _owners.get(key)
    if account is None or not iam("_access_keys").contains_scoped(account, None, key):
        account = original(key)
        if account is not None:
            _owners[key] = account
    return account


class _Indexed(UserDict[Any, Any]):
    """A dictionary with tuples as keys; `scopes` maps each tuple without its last part to the last parts."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes: dict[Any, dict[Any, None]] = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        self.data[key] = value
        self.scopes.setdefault(key[:-1], {})[key[-1]] = None

    def __delitem__(self, key: Any) -> None:
        del self.data[key]
        del self.scopes[key[:-1]][key[-1]]

    def get(self, key: Any, default: Any = None) -> Any:
        return self.data.get(key, default)

    def clear(self) -> None:
        self.data.clear()
        self.scopes.clear()


def index_stores() -> None:
    """Give every store that is created from now on the index. Must be called before a service is imported."""
    account, region = require("core.responses", "get_account_id"), require("core.responses", "get_region")
    _index(require("core.responses", "AccountScopedDict"), lambda: (account(),))
    _index(require("core.responses", "AccountRegionScopedDict"), lambda: (account(), region()))


def _index(store: Any, scope: Function) -> None:
    def begin(self: Any) -> None:
        self._data = _Indexed()

    def mine(self: Any) -> Mapping[Any, None]:
        found: Mapping[Any, None] = self._data.scopes.get(scope(), {})
        return found

    def items(self: Any) -> Iterable[tuple[Any, Any]]:
        return [(key, self._data[(*scope(), key)]) for key in mine(self)]

    methods = {
        "__init__": begin,
        "keys": lambda self: list(mine(self)),
        "items": items,
        "values": lambda self: [value for _, value in items(self)],
        "__iter__": lambda self: iter(list(mine(self))),
        "__len__": lambda self: len(mine(self)),
        "__bool__": lambda self: bool(mine(self)),
    }
    for name, method in methods.items():
        if not hasattr(store, name):
            raise LeastwayError(f"ministack's {store.__name__} no longer has {name}: review its index")
        setattr(store, name, method)
