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

_OWNED = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):").match
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
        who = Caller.parse(caller) if isinstance(caller, str) else caller
        self.caller = who
        self.action = action
        self.resource = resource
        self.resource_account = resource_account or _account_of(resource) or who.account
        self.context: Context = _normal_context(context) if context else {}
        self.same_account = self.resource_account == who.account
        self.is_plain = self.same_account and who.has_policies
        """Whether the caller's own policies suffice, as far as caller and accounts go."""

    def __repr__(self) -> str:
        return f"Request({self.caller.arn!r}, {self.action!r}, {self.resource!r}, context={dict(self.context)!r})"


@functools.lru_cache(4096)
def _check_action(action: str) -> None:
    if not _ACTION.fullmatch(action):
        raise PolicyError(f"{action!r} is no action of a request", fix="write it as service:Action, no wildcards")


def _account_of(resource: str) -> str | None:
    found = _OWNED(resource)
    return found[1] if found else None


def _normal_context(context: Mapping[str, ContextValue]) -> Context:
    normal: dict[str, str | tuple[str, ...]] = {}
    for key, value in context.items():
        if isinstance(value, str):
            normal[key.lower()] = value
        elif value:
            normal[key.lower()] = tuple(value)
        else:
            normal.pop(key.lower(), None)
    return normal
