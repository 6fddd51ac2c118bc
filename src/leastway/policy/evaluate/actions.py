"""An index of the statements that can apply to an action, so that other statements cost nothing.

Actions are not case-sensitive. Source: IAM User Guide, "IAM JSON policy elements: Action". A statement is indexed under
each service that it names; one that names none (`*`, `NotAction`) is tested for every action.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from leastway.policy.wildcards import Globs, tokens_of

__all__ = ["ActionIndex", "ActionTest", "compile_actions"]

T = TypeVar("T")

_MOST_REMEMBERED = 1024

ActionTest = Callable[[str, str], bool]
"""Whether the action of a service matches; both are in lower case."""


class _Actions:
    """The actions of one element, by service."""

    __slots__ = ("_any_service", "_by_service")

    def __init__(self, patterns: Iterable[str]) -> None:
        names: dict[str, list[str]] = {}
        for pattern in patterns:
            service, colon, name = pattern.lower().partition(":")
            names.setdefault(service, []).append(name if colon else "*")
        self._by_service = {
            service: Globs.compile([tokens_of(name) for name in found]).matcher() for service, found in names.items()
        }
        self._any_service = self._by_service.pop("*", None)

    @property
    def services(self) -> frozenset[str] | None:
        """The services that are named, or None if any service may match."""
        return None if self._any_service else frozenset(self._by_service)

    def __call__(self, service: str, name: str) -> bool:
        if self._any_service and self._any_service(name):
            return True
        matches = self._by_service.get(service)
        return matches is not None and matches(name)


_compiled = functools.lru_cache(_MOST_REMEMBERED)(_Actions)
"""Cached because a statement is compiled for decisions, for proofs and for the requests that these show."""


def compile_actions(
    actions: Iterable[str] | None, not_actions: Iterable[str] | None
) -> tuple[ActionTest, frozenset[str] | None]:
    """Return the test of a statement's actions, and the services that it can match, None for any."""
    if actions is not None:
        compiled = _compiled(tuple(actions))
        return compiled, compiled.services
    excluded = _compiled(tuple(not_actions or ()))
    return (lambda service, name: not excluded(service, name)), None


class ActionIndex(Generic[T]):
    """Items in their order, each with a test of the actions that it applies to."""

    __slots__ = ("_any", "_by_service")

    def __init__(self, items: Iterable[tuple[ActionTest, frozenset[str] | None, T]]) -> None:
        self._any: list[tuple[int, ActionTest, T]] = []
        self._by_service: dict[str, list[tuple[int, ActionTest, T]]] = {}
        for number, (test, services, item) in enumerate(items):
            if services is None:
                self._any.append((number, test, item))
            for service in services or ():
                self._by_service.setdefault(service, []).append((number, test, item))

    def candidates(self, action: str) -> Iterator[T]:
        """Yield the items that apply to `action` of a request, in order."""
        service, _, name = action.lower().partition(":")
        found = [*self._by_service.get(service, ()), *self._any]
        for _, test, item in sorted(found, key=lambda entry: entry[0]):
            if test(service, name):
                yield item
