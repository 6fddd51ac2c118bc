"""A request in the form in which AWS authorizes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leastway.policy.evaluate.principal import Caller, account_with_policies
from leastway.policy.model import PolicyError

if TYPE_CHECKING:
    from leastway.policy.variables import Context

__all__ = ["ContextValue", "Request"]

ContextValue = str | Sequence[str]
"""A string for a key with one value, a list of strings for a key with several."""

_OWNED = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):").match
_ACTION = re.compile(r"[A-Za-z0-9-]+:[^\s:*?]+")


class Request:
    """A caller, an action, a resource and a context. A request can be decided any number of times.

    The context is exactly what is given; the keys that AWS would add are not (`leastway.policy.requests` adds them).
    Keys are not case-sensitive; a key with several values is a list. An empty list means an absent key, as in AWS.
    """

    __slots__ = ("_caller", "_resource_account", "action", "context", "is_plain", "resource")

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

        `resource_account` is the owner of the resource; the default is the account in its ARN, or else the caller's.
        """
        if action not in _checked:
            _check_action(action)
        self._caller = caller
        self.action = action
        self.resource = resource
        self._resource_account = resource_account or None
        normal: dict[str, str | tuple[str, ...]] = {}
        self.context: Context = normal
        for key, value in context.items() if context else ():
            if type(value) is str:
                normal[key.lower()] = value
            else:
                _add(normal, key.lower(), value)
        if isinstance(caller, str):
            found = account_with_policies(caller)
            if found is not None:
                owned = _OWNED(resource)
                self.is_plain = (resource_account or (owned[1] if owned else found)) == found
                """Whether caller and accounts are such that the caller's own policies may decide alone."""
                return
        self.is_plain = False
        self.is_plain = self.same_account and self.caller.has_policies

    @property
    def caller(self) -> Caller:
        """Who makes the request; parsed from the ARN at the first use."""
        found = self._caller
        if isinstance(found, str):
            found = self._caller = Caller.parse(found)
        return found

    @property
    def resource_account(self) -> str | None:
        """The account that owns the resource; None if neither the resource nor the caller has one."""
        found = self._resource_account
        if found is None:
            owned = _OWNED(self.resource)
            found = self._resource_account = owned[1] if owned else self.caller.account
        return found

    @property
    def same_account(self) -> bool:
        """Whether caller and resource belong to the same account, or both to none."""
        return self.is_plain or self.resource_account == self.caller.account

    def __repr__(self) -> str:
        return f"Request({self.caller.arn!r}, {self.action!r}, {self.resource!r}, context={dict(self.context)!r})"


_checked: set[str] = set()
_MOST_CHECKED = 4096


def _check_action(action: str) -> None:
    if not _ACTION.fullmatch(action):
        raise PolicyError(f"{action!r} is not a valid action", fix="write it as service:Action, without wildcards")
    if len(_checked) >= _MOST_CHECKED:
        _checked.clear()
    _checked.add(action)


def _add(context: dict[str, str | tuple[str, ...]], key: str, value: ContextValue) -> None:
    if isinstance(value, str):
        context[key] = value
    elif value:
        context[key] = tuple(value)
    else:
        context.pop(key, None)
