"""Each use case asks first whether the caller may do it in the organization that the request names, and for what."""

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
from leastway.tenants import Permission

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
_READS = {
    "audit.changes_of",
    "audit.log_file",
    "audit.log_key",
    "definition_reading.ranked_definitions",
    "groups.require_group",
    "groups.require_member",
    "resolution.resolve_environment",
    "sets.compare_sets",
    "state.show_state",
    "suggestions.suggest_for_definition",
    "suggestions.suggest_for_run",
}
"""What changes nothing, besides the use cases whose names begin with `read_`."""
_OF_OWNERS = {
    "groups.add_group",
    "kill_switches.turn_off_kill_switch",
    "object_roles.change_role_on",
    "object_roles.give_role",
    "object_roles.take_role",
    "people.add_service_user",
    "people.change_role",
    "people.remove_user",
    "signing_in.add_person",
    "state.read_versions",
    "state.restore_state",
    "state.reveal_state",
}
_HAND_OUTS = {"hand_outs.hand_out", "hand_outs.hand_out_eks_token"}


class _AskedError(Exception):
    """The permission was asked for; it has the organization and the account that were named."""

    def __init__(self, permission: Permission, organization: str | None, account: str | None) -> None:
        super().__init__()
        self.permission, self.organization, self.account = permission, organization, account


class _Caller:
    """A caller that may do nothing."""

    organization = ORGANIZATION

    def need(self, permission: Permission, organization: str | None = None, *, account: str | None = None) -> None:
        raise _AskedError(permission, organization, account)


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
    assert asked.value.permission is _permission(name)
    assert (asked.value.account is not None) == (name in _HAND_OUTS), "a token may be for some accounts alone"


def _permission(name: str) -> Permission:
    """Return what a use case should ask for: what is in no list above changes something."""
    if name in _OF_OWNERS:
        return Permission.OWN
    if name in _HAND_OUTS:
        return Permission.HAND_OUT
    is_reading = name in _READS or name.partition(".")[2].startswith("read_")
    return Permission.READ if is_reading else Permission.OPERATE


def test_every_use_case_of_the_lists_exists() -> None:
    assert USE_CASES.keys() >= _READS | _OF_OWNERS | _HAND_OUTS


def test_every_exception_is_a_use_case_that_does_not_ask_first() -> None:
    assert _OTHERWISE.keys() <= USE_CASES.keys()
    for name in _OTHERWISE:
        with pytest.raises((AssertionError, AttributeError, TypeError)):
            _run(USE_CASES[name])
