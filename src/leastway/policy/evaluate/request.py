"""A request as AWS's authorization sees it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leastway.policy.evaluate.principal import Caller
from leastway.policy.model import PolicyError

if TYPE_CHECKING:
    from leastway.policy.variables import Context

__all__ = ["ContextValue", "Request"]

ContextValue = str | Sequence[str]
"""A string for a key of one value, a list of strings for a key of several."""

_OWNED = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):")
_ACTION = re.compile(r"[A-Za-z0-9-]+:[^\s:*?]+")


class Request:
    """Who wants to do what, on what, under which circumstances. Made once, decided as often as one likes.

    The context is exactly what is given: nothing is added that AWS would send (`leastway.policy.requests` does that).
    Keys are taken in any case; a key of several values is a list. An empty list is an absent key: AWS leaves it out.
    """

    __slots__ = ("action", "caller", "context", "is_plain", "resource", "resource_account", "same_account")

    def __init__(
        self,
        caller: Caller | str,
        action: str,
        resource: str = "*",
        *,
        resource_account: str | None = None,
        context: Mapping[str, ContextValue] | None = None,
    ) -> None:
        """Errors: PolicyError for a caller or an action that no request can have.

        `resource_account` is who owns the resource: when missing, the account in its ARN, else the caller's own.
        """
        _check_action(action)
        self.caller = Caller.parse(caller) if isinstance(caller, str) else caller
        self.action = action
        self.resource = resource
        self.resource_account = resource_account or _account_of(resource) or self.caller.account
        self.context: Context = _normal_context(context or {})
        self.same_account = self.resource_account == self.caller.account
        self.is_plain = self.same_account and self.caller.has_policies
        """Whether the caller's own policies suffice, as far as caller and accounts go."""

    def __repr__(self) -> str:
        return f"Request({self.caller.arn!r}, {self.action!r}, {self.resource!r}, context={dict(self.context)!r})"


@functools.lru_cache(4096)
def _check_action(action: str) -> None:
    if not _ACTION.fullmatch(action):
        raise PolicyError(f"{action!r} is no action of a request", fix="write it as service:Action, no wildcards")


def _account_of(resource: str) -> str | None:
    found = _OWNED.match(resource)
    return found[1] if found else None


def _normal_context(context: Mapping[str, ContextValue]) -> Context:
    normal = {key.lower(): value if isinstance(value, str) else tuple(value) for key, value in context.items()}
    return {key: value for key, value in normal.items() if value != ()} if () in normal.values() else normal
