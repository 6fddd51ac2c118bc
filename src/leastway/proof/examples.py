"""Requests that showed a need in one account, with the names of another: what to try there before a search.

Accounts of a grant often differ in their ids alone. Whether an example holds is decided where it is tried; without one,
or if it does not hold, the search decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from leastway.policy.evaluate import ContextValue, Request
from leastway.policy.prove import Counterexample

__all__ = ["Examples"]


@dataclass(frozen=True, slots=True)
class _Shown:
    names: Sequence[str]
    by: str
    example: Counterexample


class Examples:
    """The latest example of each need. `names` are what may differ: the account's id, then its external ids.

    `need` says whose need it is, too: two roles of an account may have needs with the same text.
    """

    def __init__(self) -> None:
        self._shown: dict[str, _Shown] = {}

    def keep(self, need: str, example: Counterexample, names: Sequence[str], *, by: str) -> None:
        """Remember that `example` showed the need, for the caller with the ARN `by`."""
        self._shown[_nameless(need, names)] = _Shown(names, by, example)

    def like(self, need: str, names: Sequence[str], *, by: str) -> Counterexample | None:
        """Return the example of the same need with these names; None if there is none for this caller."""
        shown = self._shown.get(_nameless(need, names))
        if shown is None or len(shown.names) != len(names):
            return None
        renamed = _renaming(dict(zip(shown.names, names, strict=True)))
        return _with_names(shown.example, renamed) if renamed(shown.by) == by else None


def _nameless(need: str, names: Sequence[str]) -> str:
    for number, name in enumerate(names):
        need = need.replace(name, f"<{number}>")
    return need


def _renaming(names: Mapping[str, str]) -> Callable[[str], str]:
    def renamed(text: str) -> str:
        for old, new in names.items():
            text = text.replace(old, new)
        return text

    return renamed


def _with_names(example: Counterexample, renamed: Callable[[str], str]) -> Counterexample:
    request = example.request
    owner = request.resource_account
    context: dict[str, ContextValue] = {
        key: renamed(value) if isinstance(value, str) else [renamed(item) for item in value]
        for key, value in request.context.items()
    }
    there = Request(
        renamed(request.caller.arn),
        request.action,
        renamed(request.resource),
        resource_account=renamed(owner) if owner else None,
        context=context,
    )
    return replace(example, request=there)
