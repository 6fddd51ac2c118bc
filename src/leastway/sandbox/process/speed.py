"""What ministack works out anew for each request, remembered: policies, addresses, routes, and whose a key is."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from leastway.sandbox.process.engine import change, require

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["remember"]

_ENTRIES = 4096


def remember() -> None:
    """Put a memory before the functions that are asked the same thing again and again."""
    change("core.iam_evaluator", "_op_ip_address", _cached)
    change("core.iam_evaluator", "parse_policy_document", _parse)
    change("core.iam_actions", "_match_rest_action", _match)
    for module in ("app", "core.iam_evaluator"):
        change(module, "find_iam_access_key_account", _owner)


@functools.lru_cache(_ENTRIES)
def _cached(original: Callable[..., Any], *arguments: Any) -> Any:
    return original(*arguments)


def _parse(original: Callable[..., Any], document: Any) -> Any:
    return _cached(original, document) if isinstance(document, str) else original(document)


def _match(original: Callable[..., Any], service: str, method: str, path: str, query: Any = None) -> Any:
    return original(service, method, path, query) if query else _cached(original, service, method, path)


_owners: dict[str, str] = {}


def _owner(original: Callable[..., Any], key: str) -> Any:
    account = _owners.get(key)
    if account is None or not require("services.iam", "_access_keys").contains_scoped(account, None, key):
        account = original(key)
        if account is not None:
            _owners[key] = account
    return account
