"""A store of every earlier schema opens, keeps everything, and survives being killed while it is upgraded.

`stores` has what earlier versions of leastway wrote, as SQL: a file of its own for each schema that was released.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, event, text

from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import Address, Kind, Place, Realm, RoleIds, Stage
from leastway.store import DatabaseStore, migrations, open_platform_store, open_store
from leastway.store.schema import REVISION, VERSION, metadata

ACCOUNT, OTHER = "111122223333", "444455556666"
CLUSTER = Place(ACCOUNT, "eu-central-1", "prod")
STORES = Path(__file__).parent / "stores"
SCHEMAS = sorted(path.stem for path in STORES.glob("*.sql"))


def _written(schema: str, path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.executescript((STORES / f"{schema}.sql").read_text())
    connection.close()
    return path


def _dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    lines = list(connection.iterdump())
    connection.close()
    return lines


def _keeps_everything(store: DatabaseStore, schema: str) -> None:
    ids = {(ACCOUNT, ""): RoleIds("first"), (OTHER, ""): RoleIds("second")}
    made: dict[Address, str] = {}
    if schema != "schema-1":
        ids[ACCOUNT, "humanitec-s3"] = RoleIds("own", ("older", "oldest"), Stage.CHANGING)
        made = {
            Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3"): "AROAEXAMPLE",
            Address(CLUSTER, Kind.CLUSTER_TAG, "Humanitec"): "",
        }
    assert store.external_ids("acme") == ids
    assert store.made("acme") == made
    assert store.file_of("acme") == "/acme/grant.yaml"
    assert store.touched("acme") == {(Realm.EKS, CLUSTER), (Realm.IAM, Place(ACCOUNT))}
    with pytest.raises(InvalidInputError, match="of the grant 'acme'"):
        store.claim("other", ACCOUNT, ["first"])


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_store_of_an_earlier_schema_opens_and_keeps_everything(schema: str, tmp_path: Path) -> None:
    path = _written(schema, tmp_path / "leastway.db")
    for _ in range(2):
        with open_store(path) as store:
            _keeps_everything(store, schema)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM leastway_schema").fetchall() == [(VERSION,)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]
    connection.close()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_upgrade_that_is_interrupted_at_any_statement_changes_nothing(schema: str, tmp_path: Path) -> None:
    path = _written(schema, tmp_path / "leastway.db")
    before = _dump(path)
    engine = create_engine(f"sqlite:///{path}")
    left = 0

    class Killed(BaseException): ...

    @event.listens_for(engine, "before_cursor_execute")
    def _kill(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    for number in range(1, 200):
        left = number
        try:
            with engine.begin() as connection:
                migrations.prepare(connection, "restore a backup")
        except Killed:
            assert _dump(path) == before
            continue
        break
    engine.dispose()
    assert number > 5
    with open_store(path) as store:
        _keeps_everything(store, schema)


def test_a_store_of_the_first_schema_that_was_half_upgraded_before_alembic_keeps_everything(tmp_path: Path) -> None:
    """A leastway without alembic created and filled the new tables before it raised the number."""
    path = _written("schema-1", tmp_path / "leastway.db")
    lines = (STORES / "schema-2.sql").read_text()
    with sqlite3.connect(path) as connection:
        for table in ("external_id_owners", "role_external_ids"):
            start = lines.index(f"CREATE TABLE {table} ")
            connection.execute(lines[start : lines.index(";", start)])
        connection.execute(
            f"INSERT INTO external_id_owners VALUES ('first', 'acme', '{ACCOUNT}', '2026-01-02 03:04:05.000000')"
        )
        connection.execute(f"INSERT INTO role_external_ids VALUES ('acme', '{OTHER}', '', 0, 'second', 'settled')")
    connection.close()
    with open_store(path) as store:
        _keeps_everything(store, "schema-1")


def _on(where: str, do: Callable[[Connection], None]) -> None:
    engine = create_engine(where if "://" in where else f"sqlite:///{where}")
    with engine.begin() as connection:
        do(connection)
    engine.dispose()


def _make_folder(where: str) -> None:
    if "://" not in where:
        Path(where).parent.mkdir()


def _upgraded_to(revision: str) -> Callable[[Connection], None]:
    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    return upgrade


def test_the_revisions_give_the_tables_of_today(new_store: str) -> None:
    _make_folder(new_store)
    _on(new_store, _upgraded_to("head"))

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISION
        assert connection.scalar(text("SELECT version FROM leastway_schema")) == VERSION

    _on(new_store, compare)
    open_store(new_store).close()


def test_a_store_of_the_first_schema_is_upgraded_on_every_database(new_store: str) -> None:
    _make_folder(new_store)

    def fill(connection: Connection) -> None:
        _upgraded_to("0001")(connection)
        for statement in (STORES / "schema-1.sql").read_text().split(";\n"):
            if statement.startswith("INSERT INTO") and "leastway_schema" not in statement:
                connection.execute(text(statement))
        connection.execute(text("DROP TABLE alembic_version"))

    _on(new_store, fill)
    with open_store(new_store) as store:
        _keeps_everything(store, "schema-1")


@pytest.mark.parametrize("version", [VERSION + 1, 99, 0])
def test_a_store_of_a_newer_leastway_is_refused_and_left_alone(version: int, tmp_path: Path) -> None:
    path = tmp_path / "leastway.db"
    open_store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE leastway_schema SET version = {version}")
    connection.close()
    before = _dump(path)
    with pytest.raises(LeastwayError, match=f"schema {version}, and this leastway knows {VERSION}"):
        open_store(path)
    assert _dump(path) == before


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM alembic_version", f"its schema is {VERSION}, and it names no revision of it"),
        ("DROP TABLE alembic_version", f"its schema is {VERSION}, and it names no revision of it"),
        ("UPDATE alembic_version SET version_num = 'abc'", "can't locate revision identified by 'abc'"),
    ],
)
def test_a_damaged_store_is_refused_and_left_alone(statement: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "leastway.db"
    open_store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    before = _dump(path)
    for open_it, fix in ((open_store, "moved away"), (open_platform_store, "leastway server restore")):
        with pytest.raises(LeastwayError, match=f"the store is damaged: {why}") as caught:
            open_it(path)
        assert fix in (caught.value.fix or "")
    assert _dump(path) == before


def test_a_store_that_is_up_to_date_opens_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "leastway.db"
    open_store(path).close()
    writer = sqlite3.connect(path)
    writer.execute("BEGIN IMMEDIATE")
    with open_store(path) as store:
        assert store.file_of("acme") is None
    writer.close()


def test_a_store_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "leastway.db"
    open_store(path).close()
    program = (
        "import sys; from leastway.store import open_store; open_store(sys.argv[1]).close();"
        " print('alembic' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
