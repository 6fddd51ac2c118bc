"""Each use case asks first whether the caller may do it in the organization that the request names."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Coroutine, Generator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import leastway.service

ORGANIZATION = "the-organization"
_OTHERWISE = {
    "account_checking.checked_account": "the use cases that call it ask",
    "cluster_look.open_look": "the use cases that call it ask",
    "people.add_token": "a user may manage its own tokens, so the user is read first",
    "people.read_token": "a user may see its own tokens, so the user is read first",
    "people.read_tokens": "a user may see its own tokens, so the user is read first",
    "people.revoke_token": "a user may manage its own tokens, so the user is read first",
    "rehearsed_run.begin_bucket": "the use cases that it calls ask",
    "signing_in.change_password": "it is the caller's own",
}


class _AskedError(Exception):
    """The permission was asked for; it has the organization that was named."""

    def __init__(self, organization: str | None) -> None:
        super().__init__()
        self.organization = organization


class _Caller:
    """A caller that may do nothing."""

    organization = ORGANIZATION

    def need(self, _permission: object, organization: str | None = None, *, account: str | None = None) -> None:
        raise _AskedError(organization)


class _Server:
    """A server of which nothing may be used yet."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} of the server is used before the permission is asked for")


def _use_cases() -> Iterator[tuple[str, Callable[..., object]]]:
    prefix = f"{leastway.service.__name__}."
    for module in pkgutil.walk_packages(leastway.service.__path__, prefix):
        for name, found in vars(importlib.import_module(module.name)).items():
            is_public = inspect.isfunction(found) and found.__module__ == module.name and not name.startswith("_")
            if is_public and list(inspect.signature(found).parameters)[:2] == ["server", "caller"]:
                yield f"{module.name.removeprefix(prefix)}.{name}", found


USE_CASES = dict(_use_cases())


def _value(parameter: inspect.Parameter) -> Any:
    if parameter.name == "organization":
        return ORGANIZATION
    return "text" if parameter.annotation == "str" else SimpleNamespace(organization=ORGANIZATION, account="text")


def _run(use_case: Callable[..., object]) -> None:
    """Run a use case to its first step, also if it is a generator, a block or a coroutine."""
    given: list[object] = [_Server(), _Caller()]
    named: dict[str, object] = {}
    for parameter in list(inspect.signature(use_case).parameters.values())[2:]:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            named[parameter.name] = _value(parameter)
        elif parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            given.append(_value(parameter))
    found = use_case(*given, **named)
    match found:
        case Generator():
            next(found)
        case Coroutine():
            found.send(None)
        case contextlib.AbstractContextManager():
            found.__enter__()


@pytest.mark.parametrize("name", sorted(USE_CASES.keys() - _OTHERWISE))
def test_a_use_case_asks_before_it_uses_anything_of_the_server(name: str) -> None:
    with pytest.raises(_AskedError) as asked:
        _run(USE_CASES[name])
    if "organization" in inspect.signature(USE_CASES[name]).parameters:
        assert asked.value.organization == ORGANIZATION


def test_every_exception_is_a_use_case_that_does_not_ask_first() -> None:
    assert _OTHERWISE.keys() <= USE_CASES.keys()
    for name in _OTHERWISE:
        with pytest.raises((AssertionError, AttributeError, TypeError)):
            _run(USE_CASES[name])
