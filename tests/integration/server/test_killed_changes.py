"""A server that is killed with SIGKILL within a change: it is whole, with its audit entry, or absent."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from leastway.custody import create_key_file
from leastway.primitives import Secret
from leastway.service import Server, ServerSettings, accounts
from leastway.service.rewrap import rewrap_database
from leastway.store.platform_schema import account_claims, audit_entries, credential_versions
from leastway.store.platform_schema import accounts as account_rows
from tests.databases import new_postgresql
from tests.integration.server.killed_changes import (
    ACCOUNT,
    CHANGES,
    NEW_ID,
    caller_of,
    killed_in,
    killed_in_rewrap,
    opened,
)
from tests.scripted_aws import RIGHT_ID

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerSettings]:
    if request.param == "sqlite":
        yield ServerSettings(tmp_path / "data", organization="acme")
        return
    with new_postgresql() as url:
        yield ServerSettings(tmp_path / "data", url, organization="acme")


@pytest.fixture
def token(settings: ServerSettings) -> Secret:
    with opened(settings) as (_, told):
        assert told is not None
        return told


def _stored(server: Server) -> list[object]:
    """Return the rows of accounts and of their credentials, and what the audit log says of them."""
    with server.store.reading() as transaction:
        connection = transaction._connection
        of_acme = credential_versions.c.organization == "acme"
        found: list[object] = [
            tuple(row)
            for query in (select(account_rows), select(credential_versions).where(of_acme), select(account_claims))
            for row in connection.execute(query)
        ]
        entries = map(json.loads, connection.scalars(select(audit_entries.c.entry).order_by(audit_entries.c.id)))
        return found + [entry["action"] for entry in entries if entry["action"].startswith("account.")]


def test_a_change_that_is_killed_is_whole_or_absent(settings: ServerSettings, token: Secret) -> None:
    for done, name in enumerate(CHANGES, 1):
        with opened(settings) as (server, _):
            before = _stored(server)
        for point in (4, "commit"):
            assert killed_in(settings, token.reveal(), name, point) == -signal.SIGKILL
            with opened(settings) as (server, _):
                assert _stored(server) == before
        assert killed_in(settings, token.reveal(), name, "done") == -signal.SIGKILL
        with opened(settings) as (server, _):
            actions = [one for one in _stored(server) if isinstance(one, str)]
            assert actions == [f"account.{change}" for change in list(CHANGES)[:done]]
            roles = server.brokerage.broker._accounts.roles("acme", ACCOUNT)
        external_id = None if roles is None or roles.own is None else roles.own.external_id
        assert external_id == {"created": RIGHT_ID, "updated": NEW_ID, "deleted": None}[name]


def test_a_rewrap_that_is_killed_keeps_what_it_did_and_goes_on(settings: ServerSettings, token: Secret) -> None:
    with opened(settings) as (server, _):
        CHANGES["created"](server, caller_of(server, token))
    new = settings.data / "new-key"
    create_key_file(new)
    both = replace(settings, wrapping_key=str(new), other_wrapping_keys=(str(settings.data / "wrapping-key"),))
    assert killed_in_rewrap(both, 3) == -signal.SIGKILL
    with opened(both) as (server, _), server.store.reading() as transaction:
        used = transaction.secrets.wrapping_keys()
        assert len(used) == 2
        assert used[server.custody.wrapping_key] == 2
        left = sum(used.values()) - 2
    assert rewrap_database(both).count == left
    with opened(replace(settings, wrapping_key=str(new))) as (server, _):  # the old key is not needed any more
        known = accounts.read_account(server, caller_of(server, token), "acme", ACCOUNT)
        assert known.account.version == 1
        roles = server.brokerage.broker._accounts.roles("acme", ACCOUNT)
        assert roles is not None
        assert roles.own is not None
        assert roles.own.external_id == RIGHT_ID
