"""Processes that change an account, revoke, or wrap credentials again, and kill themselves at a point of that."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from typing import Any, Literal, TypeAlias

from sqlalchemy import Engine, event

from leastway.primitives import Secret, SystemClock
from leastway.service import Called, Caller, Server, ServerSettings, accounts, authenticate, open_server, people, rewrap
from leastway.service.aws_access import AwsAccess
from leastway.service.kill_switches import read_kill_switches, turn_off_kill_switch, turn_on_kill_switch
from leastway.sessions import Scope
from tests.forked import PROCESSES
from tests.scripted_aws import OWN, RIGHT_ID, ROLE, World
from tests.scripted_sts import ScriptedSts

__all__ = [
    "ACCOUNT",
    "CHANGES",
    "NEW_ID",
    "REVOCATIONS",
    "SPARE",
    "Point",
    "caller_of",
    "killed_in",
    "killed_in_rewrap",
    "opened",
]

ACCOUNT, NEW_ID = "aws-prod", "another-external-id"
ASSUMED = {"aws_role": ROLE, "external_id": RIGHT_ID}
SPARE = "spare"
"""A token of the owner, which is revoked."""

Point: TypeAlias = int | Literal["commit", "done"]
"""Where the process is killed: at that statement, in place of the commit, or after the change."""

CHANGES: dict[str, Callable[[Server, Caller], object]] = {
    "created": lambda server, caller: accounts.create_account(
        server, caller, "acme", identifier=ACCOUNT, name="A", type_id="aws-role", credentials=ASSUMED, check=True
    ),
    "updated": lambda server, caller: accounts.update_account(
        server, caller, "acme", ACCOUNT, name="B", credentials={**ASSUMED, "external_id": NEW_ID}
    ),
    "deleted": lambda server, caller: accounts.delete_account(server, caller, "acme", ACCOUNT),
}


def _turn_off(server: Server, caller: Caller) -> object:
    (switch,) = (one for one in read_kill_switches(server, caller, "acme") if one.is_on)
    return turn_off_kill_switch(server, caller, "acme", switch.id)


REVOCATIONS: dict[str, Callable[[Server, Caller], object]] = {
    "kill-switch.on": lambda server, caller: turn_on_kill_switch(
        server, caller, "acme", scope=Scope.ACCOUNT, target=ACCOUNT, reason="a leak"
    ),
    "kill-switch.off": _turn_off,
    "token.revoked": lambda server, caller: people.revoke_token(server, caller, caller.user.id, SPARE),
}


@contextmanager
def opened(settings: ServerSettings) -> Iterator[tuple[Server, Secret | None]]:
    """Open a server on a scripted AWS; with the owner's token, if this is its first start."""
    told: list[Secret] = []
    with open_server(settings, told.append) as server:
        aws = AwsAccess(World(), lambda: OWN, lambda: "eu-central-1", ScriptedSts(SystemClock()))
        yield replace(server, aws=aws), told[0] if told else None


def caller_of(server: Server, token: Secret) -> Caller:
    with server.store.reading() as transaction:
        return authenticate(transaction, token, Called("POST", "/test"))


def killed_in(settings: ServerSettings, token: str, name: str, point: Point) -> int | None:
    """Make a change in another process, and return how that ended."""
    return _ended(_change, settings, token, name, point)


def killed_in_rewrap(settings: ServerSettings, commits: int) -> int | None:
    """Wrap the credentials again, one in each transaction, in a process that is killed in place of that commit."""
    return _ended(_rewrap, settings, commits)


def _ended(target: Callable[..., None], *arguments: object) -> int | None:
    process: BaseProcess = PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode


def _change(settings: ServerSettings, token: str, name: str, point: Point) -> None:
    with opened(settings) as (server, _):
        caller = caller_of(server, Secret(token))
        if isinstance(point, int):
            _kill_at("before_cursor_execute", point)
        elif point == "commit":
            _kill_at("commit", 1)
        (CHANGES | REVOCATIONS)[name](server, caller)
        os.kill(os.getpid(), signal.SIGKILL)


def _rewrap(settings: ServerSettings, commits: int) -> None:
    rewrap._AT_ONCE = 1

    def count(number: int) -> None:
        if number == 1:
            _kill_at("commit", commits - 1)

    rewrap.rewrap_database(settings, count)


def _kill_at(name: str, left: int) -> None:
    """Kill this process at one of the events of its own thread, counted from now."""
    mine = threading.get_ident()

    def count(*_: Any) -> None:
        nonlocal left
        if threading.get_ident() == mine:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, name, count)
