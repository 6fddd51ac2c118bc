"""A server that is killed with SIGKILL within a change or a revocation: it is whole, with its audit entry, or absent.

On SQLite the next start shows it, on PostgreSQL another process, which runs meanwhile and is held up by nothing.
`make soak` kills at each statement.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from leastway.broker import StoppedError
from leastway.custody import create_key_file
from leastway.primitives import Secret
from leastway.service import Called, Server, ServerSettings, UnauthenticatedError, accounts, people
from leastway.service.rewrap import rewrap_database
from leastway.sessions import Subject
from leastway.store.platform_schema import account_claims, audit_entries, credential_versions, kill_switches
from leastway.store.platform_schema import accounts as account_rows
from tests.databases import new_postgresql
from tests.integration.server.killed_changes import (
    ACCOUNT,
    CHANGES,
    NEW_ID,
    REVOCATIONS,
    SPARE,
    Point,
    caller_of,
    killed_in,
    killed_in_rewrap,
    opened,
)
from tests.scripted_aws import RIGHT_ID

pytestmark = pytest.mark.integration

WITHIN = 30.0
"""Seconds until another process goes on: five on a machine with nothing else to do."""
MORE_THAN_A_CHANGE = 200
"""Statements."""

Look = Callable[[Callable[[Server], None]], None]
"""Calls with a server that sees what a killed one left: the next start, or another process."""


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerSettings]:
    create_key_file(tmp_path / "key")
    key = str(tmp_path / "key")
    if request.param == "sqlite":
        yield ServerSettings(tmp_path / "data", organization="acme", wrapping_key=key)
        return
    with new_postgresql() as url:
        yield ServerSettings(tmp_path / "data", url, organization="acme", wrapping_key=key)


@pytest.fixture
def token(settings: ServerSettings) -> Secret:
    with opened(settings) as (_, told):
        assert told is not None
        return told


@pytest.fixture
def look(settings: ServerSettings, token: Secret) -> Iterator[Look]:
    if settings.is_shared:
        with opened(replace(settings, data=settings.data.with_name("other"))) as (other, _):
            yield lambda see: see(other)
        return

    def look(see: Callable[[Server], None]) -> None:
        with opened(settings) as (server, _):
            see(server)

    yield look


@pytest.fixture(params=["some", pytest.param("each-statement", marks=pytest.mark.soak)])
def points(request: pytest.FixtureRequest) -> Iterable[Point]:
    return (4, "commit") if request.param == "some" else (*range(1, MORE_THAN_A_CHANGE), "commit")


def _stored(server: Server) -> list[object]:
    """Return the rows of accounts, of their credentials, and of switches, and what the audit log says of them."""
    with server.store.reading() as transaction:
        connection = transaction._connection
        of_acme = credential_versions.c.organization == "acme"
        queries = (
            select(account_rows),
            select(credential_versions).where(of_acme),
            select(account_claims),
            select(kill_switches).order_by(kill_switches.c.on_at),
        )
        found: list[object] = [tuple(row) for query in queries for row in connection.execute(query)]
        entries = map(json.loads, connection.scalars(select(audit_entries.c.entry).order_by(audit_entries.c.id)))
        kinds = ("account.", "kill-switch.", "token.revoked")
        return found + [entry["action"] for entry in entries if entry["action"].startswith(kinds)]


def _actions(server: Server) -> list[object]:
    return [one for one in _stored(server) if isinstance(one, str)]


def _killed(settings: ServerSettings, token: Secret, name: str, points: Iterable[Point], look: Look) -> None:
    """Kill a change at each point, after which it is absent, and then once it is done.

    A number beyond the last statement of the change kills once it is done as well.
    """
    before: list[object] = []
    look(lambda server: before.extend(_stored(server)))
    for point in points:
        assert killed_in(settings, token.reveal(), name, point) == -signal.SIGKILL
        after: list[object] = []
        look(lambda server, after=after: after.extend(_stored(server)))  # type: ignore[misc]  # bound in each round
        if after != before and isinstance(point, int) and point > 4:
            return
        assert after == before, point
    assert killed_in(settings, token.reveal(), name, "done") == -signal.SIGKILL


def test_a_change_that_is_killed_is_whole_or_absent(
    settings: ServerSettings, token: Secret, look: Look, points: Iterable[Point]
) -> None:
    for done, name in enumerate(CHANGES, 1):
        _killed(settings, token, name, points, look)

        def see(server: Server, name: str = name, done: int = done) -> None:
            assert _actions(server) == [f"account.{change}" for change in list(CHANGES)[:done]]
            roles = server.brokerage.broker._accounts.roles("acme", ACCOUNT)
            external_id = None if roles is None or roles.own is None else roles.own.external_id
            assert external_id == {"created": RIGHT_ID, "updated": NEW_ID, "deleted": None}[name]

        look(see)


def test_a_revocation_that_is_killed_is_whole_or_absent(
    settings: ServerSettings, token: Secret, look: Look, points: Iterable[Point]
) -> None:
    spare: list[Secret] = []

    def prepare(server: Server) -> None:
        caller = caller_of(server, token)
        CHANGES["created"](server, caller)
        spare.append(
            people.add_token(server, caller, caller.user.id, identifier=SPARE, description="", expires_at=None)
        )

    look(prepare)
    for done, name in enumerate(REVOCATIONS, 1):
        _killed(settings, token, name, points, look)

        def see(server: Server, name: str = name, done: int = done) -> None:
            assert _actions(server) == ["account.created", *list(REVOCATIONS)[:done]]
            assert _becomes(lambda: _is_stopped(server), name == "kill-switch.on")
            assert _becomes(lambda: _is_known(server, spare[0]), name != "token.revoked")

        look(see)

    def goes_on(server: Server) -> None:
        """Turn a switch on and off: the killed processes hold nothing."""
        caller, began = caller_of(server, token), time.monotonic()
        REVOCATIONS["kill-switch.on"](server, caller)
        assert _is_stopped(server)
        REVOCATIONS["kill-switch.off"](server, caller)
        assert time.monotonic() - began < WITHIN

    look(goes_on)


def _becomes(is_now: Callable[[], bool], wanted: bool) -> bool:
    began = time.monotonic()
    while is_now() is not wanted:
        if time.monotonic() - began > WITHIN:
            return False
        time.sleep(0.01)
    return True


def _is_stopped(server: Server) -> bool:
    try:
        server.brokerage.gate.check((Subject("acme", ACCOUNT),))
    except StoppedError:
        return True
    return False


def _is_known(server: Server, token: Secret) -> bool:
    try:
        server.callers.find(token, Called("GET", "/test"))
    except UnauthenticatedError:
        return False
    return True


def test_a_rewrap_that_is_killed_keeps_what_it_did_and_goes_on(settings: ServerSettings, token: Secret) -> None:
    with opened(settings) as (server, _):
        CHANGES["created"](server, caller_of(server, token))
    new = settings.data / "new-key"
    create_key_file(new)
    both = replace(settings, wrapping_key=str(new), other_wrapping_keys=(str(settings.wrapping_key),))
    with opened(both) as (server, _), server.store.reading() as transaction:
        of_old = sum(transaction.secrets.wrapping_keys().values())
    assert of_old >= 3
    for left in range(of_old, 0, -1):  # one is done by each of them, which is killed in place of the second commit
        with opened(both) as (server, _), server.store.reading() as transaction:
            used = transaction.secrets.wrapping_keys()
        assert used.get(server.custody.wrapping_key, 0) == of_old - left
        if left > 1:
            assert killed_in_rewrap(both, 2) == -signal.SIGKILL
    assert rewrap_database(both).count == 1
    with opened(replace(settings, wrapping_key=str(new))) as (server, _):  # the old key is not needed any more
        known = accounts.read_account(server, caller_of(server, token), "acme", ACCOUNT)
        assert known.account.version == 1
        roles = server.brokerage.broker._accounts.roles("acme", ACCOUNT)
        assert roles is not None
        assert roles.own is not None
        assert roles.own.external_id == RIGHT_ID
