"""A change of an account is stored whole, with its audit entry, or not at all: killed at any statement."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, select

from leastway.primitives import Secret, SystemClock
from leastway.service import Called, Caller, Server, ServerSettings, accounts, authenticate, open_server
from leastway.service.aws_access import AwsAccess
from leastway.store import ConflictError
from leastway.store.platform_schema import account_claims, audit_entries, credential_versions
from leastway.store.platform_schema import accounts as account_rows
from tests.scripted_aws import OWN, RIGHT_ID, ROLE, World
from tests.scripted_sts import ScriptedSts

ASSUMED = {"aws_role": ROLE, "external_id": RIGHT_ID}


class KilledError(BaseException):
    """The process ends here."""


@pytest.fixture
def server(new_store: str, tmp_path: Path) -> Iterator[tuple[Server, Caller]]:
    settings = ServerSettings(tmp_path / "data", new_store if "://" in new_store else None, organization="acme")
    told: list[Secret] = []
    with open_server(settings, told.append) as opened:
        with opened.store.reading() as transaction:
            caller = authenticate(transaction, told[0], Called("POST", "/test"))
        yield (
            replace(opened, aws=AwsAccess(World(), lambda: OWN, lambda: "eu-central-1", ScriptedSts(SystemClock()))),
            caller,
        )


def stored(server: Server) -> list[object]:
    """Return what a change writes: rows of the account, and its entries in the audit log."""
    with server.store.reading() as transaction:
        connection = transaction._connection
        found: list[object] = [
            tuple(row)
            for table in (account_rows, credential_versions, account_claims)
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]
        entries = map(json.loads, connection.scalars(select(audit_entries.c.entry).order_by(audit_entries.c.id)))
        return found + [entry for entry in entries if entry["action"].startswith("account.")]


def killed_at(server: Server, number: int, change: Callable[[], object]) -> bool:
    """Run the change, and end it at that statement; return whether it got so far."""
    left, mine, engine = number, threading.get_ident(), server.store._engine

    def count(*_: object) -> None:
        nonlocal left
        if threading.get_ident() == mine:
            left -= 1
            if left == 0:
                raise KilledError

    event.listen(engine, "before_cursor_execute", count)
    try:
        change()
    except KilledError:
        return True
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return False


def test_a_change_that_is_killed_at_any_statement_is_whole_or_absent(server: tuple[Server, Caller]) -> None:
    opened, caller = server
    changes: list[Callable[[], object]] = [
        lambda: accounts.create_account(
            opened,
            caller,
            "acme",
            identifier="aws-prod",
            name="Production",
            type_id="aws-role",
            credentials=ASSUMED,
            check=True,
        ),
        lambda: accounts.update_account(
            opened, caller, "acme", "aws-prod", name="New", credentials={**ASSUMED, "external_id": "another-id"}
        ),
        lambda: accounts.update_account(opened, caller, "acme", "aws-prod", credentials=ASSUMED, check=True),
        lambda: accounts.delete_account(opened, caller, "acme", "aws-prod"),
    ]
    for change in changes:
        before, number = stored(opened), 1
        while killed_at(opened, number, change):
            assert stored(opened) == before
            number += 1
        assert number > 4
        assert stored(opened) != before


def test_a_deleted_account_that_is_created_again_goes_on_from_its_last_version(server: tuple[Server, Caller]) -> None:
    opened, caller = server

    def create() -> int:
        created = accounts.create_account(
            opened, caller, "acme", identifier="aws-prod", name="Production", type_id="aws-role", credentials=ASSUMED
        )
        assert created is not None
        return created.account.version

    assert create() == 1
    accounts.update_account(opened, caller, "acme", "aws-prod", credentials={**ASSUMED, "external_id": "another-id"})
    accounts.delete_account(opened, caller, "acme", "aws-prod")
    assert create() == 3
    with pytest.raises(ConflictError, match="exists already"):
        create()
