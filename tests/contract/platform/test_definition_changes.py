"""A change of a definition is stored whole, with its audit entry, or not at all: killed anywhere, or in a race."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry import Criterion
from leastway.service import (
    Called,
    Caller,
    NotFoundError,
    Server,
    ServerSettings,
    accounts,
    authenticate,
    criteria,
    definition_reading,
    definition_versions,
    definitions,
    open_server,
)
from leastway.service.definition_making import GivenDefinition, GivenInputs
from leastway.service.definitions import DefinitionChange
from leastway.store import ConflictError
from leastway.store.definition_schema import definition_criteria
from leastway.store.definition_schema import definition_versions as version_rows
from leastway.store.definition_schema import definitions as definition_rows
from leastway.store.platform_schema import audit_entries, credential_versions
from tests.contract.platform.test_account_changes import killed_at

ECHO = GivenDefinition(
    name="Echo",
    type="s3",
    driver="humanitec/echo",
    inputs=GivenInputs(values={"a": 1}, secrets={"b": "planted-first"}),
)


@pytest.fixture
def server(new_store: str, tmp_path: Path) -> Iterator[tuple[Server, Caller]]:
    settings = ServerSettings(tmp_path / "data", new_store if "://" in new_store else None, organization="acme")
    told: list[Secret] = []
    with open_server(settings, told.append) as opened:
        with opened.store.reading() as transaction:
            caller = authenticate(transaction, told[0], Called("POST", "/test"))
        yield opened, caller


def stored(server: Server) -> list[object]:
    """Return what a change writes: rows of definitions, their secrets, and their entries in the audit log."""
    with server.store.reading() as transaction:
        connection = transaction._connection
        tables = (definition_rows, version_rows, definition_criteria, credential_versions)
        found: list[object] = [
            tuple(row)
            for table in tables
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]
        entries = [
            json.loads(one) for one in connection.scalars(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        ]
    assert "planted" not in str(entries)
    return found + [one for one in entries if one["action"].startswith(("definition.", "criteri"))]


def test_a_change_that_is_killed_at_any_statement_is_whole_or_absent(server: tuple[Server, Caller]) -> None:
    opened, caller = server

    def oldest() -> str:
        return definition_versions.read_versions(opened, caller, "acme", "echo", before=2, most=1).versions[0].id

    changes: list[Callable[[], object]] = [
        lambda: definitions.create_definition(opened, caller, "acme", "echo", ECHO, [Criterion(app_id="shop")]),
        lambda: definitions.change_definition(
            opened,
            caller,
            "acme",
            "echo",
            DefinitionChange(inputs={"values": {"c": 2}, "secrets": {"d": "planted-second"}}),
        ),
        lambda: criteria.replace_criteria(opened, caller, "acme", "echo", [Criterion(), Criterion(env_id="dev")]),
        lambda: definition_versions.promote_version(opened, caller, "acme", "echo", oldest()),
        lambda: definitions.delete_definition(opened, caller, "acme", "echo"),
        lambda: definitions.create_definition(opened, caller, "acme", "echo", ECHO),
    ]
    for change in changes:
        before, number = stored(opened), 1
        while killed_at(opened, number, change):
            assert stored(opened) == before
            number += 1
        assert number > 4
        assert stored(opened) != before


def test_changes_at_the_same_moment_all_count(server: tuple[Server, Caller]) -> None:
    opened, caller = server
    definitions.create_definition(opened, caller, "acme", "echo", ECHO)

    def change(number: int) -> None:
        for _ in range(20):
            try:
                inputs = {"values": {f"k{number}": number}, "secrets": {f"s{number}": str(number)}}
                definitions.change_definition(opened, caller, "acme", "echo", DefinitionChange(inputs=inputs))
                return
            except ConflictError:  # others were faster five times
                continue
        raise AssertionError("it never came through")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(change, range(8)))
    found = definition_reading.read_definition(opened, caller, "acme", "echo")
    assert found.active.inputs is not None
    assert found.active.inputs.values == {"a": 1, **{f"k{number}": number for number in range(8)}}
    assert set(found.active.inputs.secret_refs or {}) == {"b", *(f"s{number}" for number in range(8))}
    assert found.active.number == 9


def test_of_two_creations_with_one_id_or_criterion_one_is_refused(server: tuple[Server, Caller]) -> None:
    opened, caller = server

    def create(identifier: str) -> str:
        try:
            definitions.create_definition(opened, caller, "acme", identifier, ECHO, [Criterion(app_id="shop")])
        except ConflictError as error:
            return error.what
        return ""

    with ThreadPoolExecutor(4) as threads:
        first, *refused = sorted(threads.map(create, ["same", "same", "other", "third"]))
    assert first == ""
    assert all("exists already" in what or "same criterion" in what for what in refused)


def test_an_account_is_not_deleted_while_a_definition_that_names_it_is_created(server: tuple[Server, Caller]) -> None:
    opened, caller = server
    role = {"aws_role": "arn:aws:iam::111122223333:role/humanitec-s3", "external_id": "0123456789abcdef"}
    source = {"source": {"url": "https://git.test/x.git"}}
    for number in range(5):
        accounts.create_account(
            opened, caller, "acme", identifier=f"role-{number}", name="R", type_id="aws-role", credentials=role
        )
    given = [
        GivenDefinition(
            name="T",
            type="s3",
            driver="humanitec/terraform",
            account=f"role-{number}",
            inputs=GivenInputs(values=source),
        )
        for number in range(5)
    ]

    def create(number: int) -> object:
        try:
            return definitions.create_definition(opened, caller, "acme", f"def-{number}", given[number])
        except InvalidInputError as error:
            return error

    def delete(number: int) -> object:
        try:
            accounts.delete_account(opened, caller, "acme", f"role-{number}")
        except ConflictError as error:
            return error
        return None

    with ThreadPoolExecutor(2) as threads:
        for number in range(5):
            created, deleted = threads.submit(create, number), threads.submit(delete, number)
            assert isinstance(created.result(), Exception) != isinstance(deleted.result(), Exception)
            try:
                definition_reading.read_definition(opened, caller, "acme", f"def-{number}")
            except NotFoundError:
                continue
            accounts.read_account(opened, caller, "acme", f"role-{number}")
