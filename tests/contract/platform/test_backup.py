"""Backup, restore and the replacement of the wrapping key, on every database."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, update

from leastway.audit import Actor, Entry, Outcome, canonical
from leastway.custody import Custody, create_key_file
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import DamagedError, Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.registry import ResourceAccount
from leastway.service import Server, ServerSettings, open_server
from leastway.service.backup import back_up, restore
from leastway.service.rewrap import rewrap, rewrap_database
from leastway.service.wrapping_keys import open_wrapping_key
from leastway.store import PlatformStore, Transaction, open_platform_store
from leastway.store.platform_schema import audit_entries, credential_versions, kill_switches, switch_generation
from leastway.store.schema import alembic_version, metadata, schema_version
from leastway.tlog import write_bundle

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PLANTED = "planted-secret-9431"


@pytest.fixture
def settings(new_store: str, tmp_path: Path) -> ServerSettings:
    """A server that has started once, and keeps three credentials."""
    is_url = "://" in new_store
    found = ServerSettings(tmp_path / "data", new_store if is_url else None, organization="acme")
    with open_server(found, lambda _token: None) as server:
        keep(server, "one", "two", "three")
    return found


def place(name: str) -> SecretPlace:
    return SecretPlace(Holder("acme", HolderKind.ACCOUNT, name), 1)


def keep(server: Server, *names: str) -> None:
    for name in names:
        sealed = server.custody.seal(place(name), Secret(f"{PLANTED}-{name}"))
        with server.store.writing() as transaction:
            transaction.accounts.add(ResourceAccount("acme", name, name.title(), "aws", 1, NOW, "u1"))
            transaction.secrets.add(sealed, "u1")


def rows(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, in order."""
    tables = [table for table in metadata.sorted_tables if table not in (alembic_version, schema_version)]
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
        for table in tables
    }


def everything(store: PlatformStore) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as transaction:
        return rows(transaction._connection)


@pytest.fixture
def elsewhere(settings: ServerSettings, tmp_path: Path) -> ServerSettings:
    """An empty SQLite database in another folder, with a copy of the wrapping key."""
    data = tmp_path / "restored"
    data.mkdir(mode=0o700)
    shutil.copy2(settings.data / "wrapping-key", data / "wrapping-key")
    return replace(settings, data=data, database=None)


def test_a_backup_restores_everything_with_the_kill_switch_on(
    settings: ServerSettings, elsewhere: ServerSettings, tmp_path: Path
) -> None:
    file = tmp_path / "backups" / "today"
    with open_platform_store(settings.where) as store:
        before = everything(store)
    made = back_up(settings, file)
    assert made.rows == sum(map(len, before.values()))
    assert file.stat().st_mode & 0o777 == 0o600
    restored = restore(elsewhere, file)
    assert (restored.rows, restored.revoked) == (made.rows, None)
    with open_platform_store(elsewhere.where) as store:
        after = everything(store)
        with store.reading() as transaction:
            connection = transaction._connection
            (switch,) = connection.execute(select(kill_switches))
            assert (switch.scope, switch.organization, switch.off_at) == ("everything", None, None)
            assert "restored from the backup of" in switch.reason
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {kill_switches.name, switch_generation.name, audit_entries.name}
    assert after[audit_entries.name][: len(before[audit_entries.name])] == before[audit_entries.name]
    with open_server(elsewhere, lambda _token: None) as server, server.store.reading() as transaction:
        sealed = transaction.secrets.sealed(place("two"))
        assert sealed is not None
        assert server.custody.open(sealed).reveal() == f"{PLANTED}-two"


def test_a_backup_goes_back_into_the_kind_of_database_it_came_from(
    settings: ServerSettings, new_store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The numbers of new audit entries go on after those that were restored."""
    file = tmp_path / "today"
    back_up(settings, file)
    if settings.database is None:
        target = replace(settings, data=tmp_path / "again")
    else:
        _empty(settings)
        target = settings
    target.data.mkdir(exist_ok=True, mode=0o700)
    if target.data != settings.data:
        shutil.copy2(settings.data / "wrapping-key", target.data / "wrapping-key")
    restore(target, file)
    with open_server(target, lambda _token: None) as server:
        keep(server, "four")
        with server.store.writing() as transaction:
            highest = transaction._connection.scalar(select(func.max(audit_entries.c.id)))
            transaction.audit.append(_entry(transaction))
            ids = transaction._connection.scalars(select(audit_entries.c.id).order_by(audit_entries.c.id)).all()
            assert highest is not None
            assert ids[-1] > highest


def _entry(transaction: Transaction) -> Entry:
    return Entry("acme", transaction.now, Actor(), "test.entered", "x")


def _empty(settings: ServerSettings) -> None:
    with open_platform_store(settings.where) as store, store.writing() as transaction:
        for table in reversed(metadata.sorted_tables):
            if table not in (alembic_version, schema_version):
                transaction._connection.execute(table.delete())


def test_a_backup_has_no_secret_no_name_and_no_key(settings: ServerSettings, tmp_path: Path) -> None:
    file = tmp_path / "today"
    back_up(settings, file)
    data = file.read_bytes()
    key = json.loads((settings.data / "wrapping-key").read_text())["key"]
    for text in (PLANTED, "acme", "First owner", "Three", key, "account"):
        assert text.encode() not in data
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_planted_secrets_are_in_no_file_of_the_database(settings: ServerSettings) -> None:
    for path in settings.data.rglob("*"):
        assert path.is_dir() or PLANTED.encode() not in path.read_bytes(), path.name
    if settings.database is None:
        assert {"leastway.db", "wrapping-key"} <= {path.name for path in settings.data.iterdir()}


def test_an_existing_file_is_not_replaced(settings: ServerSettings, tmp_path: Path) -> None:
    file = tmp_path / "today"
    file.write_text("precious")
    with pytest.raises(InvalidInputError, match="the file exists"):
        back_up(settings, file)
    assert file.read_text() == "precious"


def test_a_database_that_is_not_empty_is_not_restored_into(
    settings: ServerSettings, elsewhere: ServerSettings, tmp_path: Path
) -> None:
    back_up(settings, tmp_path / "today")
    restore(elsewhere, tmp_path / "today")
    with open_platform_store(elsewhere.where) as store:
        before = everything(store)
    with pytest.raises(InvalidInputError, match="the database is not empty"):
        restore(elsewhere, tmp_path / "today")
    with open_platform_store(elsewhere.where) as store:
        assert everything(store) == before


@pytest.mark.parametrize("position", [0, 100, 300, -200, -1])
def test_a_damaged_backup_restores_nothing(
    settings: ServerSettings, elsewhere: ServerSettings, tmp_path: Path, position: int
) -> None:
    file = tmp_path / "today"
    back_up(settings, file)
    data = bytearray(file.read_bytes())
    data[position] ^= 1
    file.write_bytes(data)
    with pytest.raises(LeastwayError):
        restore(elsewhere, file)
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(LeastwayError):
        restore(elsewhere, file)
    with open_platform_store(elsewhere.where) as store:
        assert not any(found for name, found in everything(store).items() if name != switch_generation.name)


def test_a_date_without_a_zone_in_the_header_is_no_date(
    settings: ServerSettings, elsewhere: ServerSettings, tmp_path: Path
) -> None:
    file, log = tmp_path / "today", tmp_path / "log"
    back_up(settings, file)
    line, _, rest = file.read_bytes().partition(b"\n")
    changed = {**json.loads(line), "backed_up_at": "2026-01-01T00:00:00"}
    file.write_bytes(json.dumps(changed).encode() + b"\n" + rest)
    with pytest.raises(InvalidInputError, match="its header has no date"):
        restore(elsewhere, file, [log])


def test_a_file_that_is_no_backup_and_a_missing_key_leave_nothing_behind(
    settings: ServerSettings, tmp_path: Path
) -> None:
    wrong, backup = tmp_path / "wrong", tmp_path / "backup"
    wrong.write_bytes(b"not a backup")
    back_up(settings, backup)
    target = replace(settings, data=tmp_path / "nowhere", database=None)
    for file, why in ((wrong, "not a sealed file"), (backup, "wrapping key")):
        with pytest.raises(LeastwayError, match=why):
            restore(target, file)
        assert not target.data.exists()


def test_a_backup_needs_its_wrapping_key(settings: ServerSettings, elsewhere: ServerSettings, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "today")
    (elsewhere.data / "wrapping-key").unlink()
    with pytest.raises(InvalidInputError, match="the wrapping key does not exist"):
        restore(elsewhere, tmp_path / "today")
    create_key_file(elsewhere.data / "wrapping-key")
    with pytest.raises(LeastwayError, match="sealed by the wrapping key file:"):
        restore(elsewhere, tmp_path / "today")


def test_a_restore_lists_what_a_log_says_was_revoked_since(
    settings: ServerSettings, elsewhere: ServerSettings, tmp_path: Path
) -> None:
    file, log = tmp_path / "today", tmp_path / "log"
    back_up(settings, file)
    now = datetime.now(UTC)
    before, after = now - timedelta(hours=1), now + timedelta(minutes=1)
    written = [
        Entry("acme", before, Actor(), "token.revoked", "old"),
        Entry("acme", after, Actor(), "account.created", "new"),
        Entry("acme", after, Actor(), "token.revoked", "refused", Outcome.REFUSED),
        Entry("acme", after, Actor(), "token.revoked", "leaked"),
        Entry("acme", after, Actor(), "kill-switch.on", "account prod"),
    ]
    entries = log / "tile" / "entries" / "000.p"
    entries.mkdir(parents=True)
    (entries / "5").write_bytes(write_bundle(map(canonical, written)))
    (log / "checkpoint").write_text("log.example/acme\n5\nroot\n\n- log.example/acme sig\n")
    restored = restore(elsewhere, file, [log])
    assert restored.revoked is not None
    lost = [(each.action, each.target) for each in restored.revoked]
    assert lost == [("token.revoked", "leaked"), ("kill-switch.on", "account prod")]


def test_a_log_that_lacks_a_part_is_refused_before_anything_is_restored(
    settings: ServerSettings, elsewhere: ServerSettings, tmp_path: Path
) -> None:
    file, log = tmp_path / "today", tmp_path / "log"
    back_up(settings, file)
    log.mkdir()
    for checkpoint, why in [
        (None, "cannot be read"),
        ("x\n", "not the checkpoint"),
        (f"x\n{'9' * 5000}\nr\n", "not the checkpoint"),
        ("x\n3\nr\n", "cannot be read"),
    ]:
        if checkpoint is not None:
            (log / "checkpoint").write_text(checkpoint)
        with pytest.raises(InvalidInputError, match=why):
            restore(elsewhere, file, [log])
    restore(elsewhere, file)


def test_a_folder_without_a_server_is_not_backed_up(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no database"):
        back_up(ServerSettings(tmp_path / "nothing"), tmp_path / "file")
    open_platform_store(tmp_path / "data" / "leastway.db").close()
    with pytest.raises(InvalidInputError, match="no server has used this database"):
        back_up(ServerSettings(tmp_path / "data"), tmp_path / "file")
    assert not (tmp_path / "nothing").exists()


def with_new_key(settings: ServerSettings) -> ServerSettings:
    path = settings.data / "new-key"
    if not path.exists():
        create_key_file(path)
    return replace(settings, wrapping_key=str(path), other_wrapping_keys=(str(settings.data / "wrapping-key"),))


def test_the_wrapping_key_is_replaced_and_the_old_one_no_longer_needed(settings: ServerSettings) -> None:
    both = with_new_key(settings)
    counts: list[int] = []
    done = rewrap_database(both, counts.append)
    assert (done.count, done.damaged, counts) == (5, (), [5])
    assert rewrap_database(both).count == 0
    (settings.data / "wrapping-key").rename(settings.data / "away")
    with open_server(replace(both, other_wrapping_keys=()), lambda _token: None) as server:
        for name in ("one", "two", "three"):
            with server.store.reading() as transaction:
                sealed = transaction.secrets.sealed(place(name))
            assert sealed is not None
            assert server.custody.open(sealed).reveal() == f"{PLANTED}-{name}"


class KilledError(BaseException):
    """The process ends here."""


def test_a_replacement_that_is_killed_after_any_step_goes_on_to_the_same_end(
    settings: ServerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.service.rewrap._AT_ONCE", 1)
    both = with_new_key(settings)
    calls, stop = 0, 0
    real = Custody.rewrap

    def killed(custody: Custody, sealed: object) -> object:
        nonlocal calls
        calls += 1
        if calls == stop:
            raise KilledError
        return real(custody, sealed)  # type: ignore[arg-type]  # as the function that it replaces

    monkeypatch.setattr(Custody, "rewrap", killed)
    done = 0
    for stop in (1, 2, 2):
        calls = 0
        with pytest.raises(KilledError):
            rewrap_database(both)
        done += stop - 1
        with open_server(both, lambda _token: None) as server:  # both keys open meanwhile
            for name in ("one", "two", "three"):
                with server.store.reading() as transaction:
                    sealed = transaction.secrets.sealed(place(name))
                assert sealed is not None
                assert server.custody.open(sealed).reveal() == f"{PLANTED}-{name}"
    calls, stop = 0, 0
    assert rewrap_database(both).count == 5 - done
    with open_platform_store(settings.where) as store, store.reading() as transaction:
        assert len(transaction.secrets.wrapping_keys()) == 1


def test_what_the_server_seals_with_the_old_key_meanwhile_is_wrapped_too(settings: ServerSettings) -> None:
    both = with_new_key(settings)
    with open_server(settings, lambda _token: None) as server:
        old = server.custody

        def meanwhile(count: int) -> None:
            if count == 5:
                keep(server, "late")

        new = Custody(open_wrapping_key(str(both.wrapping_key)), [open_wrapping_key(both.other_wrapping_keys[0])])
        assert rewrap(server.store, new, meanwhile).count == 6
        assert old.wrapping_key not in _keys(server.store)


def _keys(store: PlatformStore) -> set[str]:
    with store.reading() as transaction:
        return set(transaction.secrets.wrapping_keys())


def test_a_credential_that_does_not_open_is_named_and_the_others_are_wrapped(settings: ServerSettings) -> None:
    with open_platform_store(settings.where) as store, store.writing() as transaction:
        mine = credential_versions.c.owner == "one"
        transaction._connection.execute(update(credential_versions).where(mine).values(ciphertext=b"x" * 40))
    done = rewrap_database(with_new_key(settings))
    assert done.count == 4
    assert [error.where for error in done.damaged] == [str(place("one"))]


def test_a_server_does_not_start_with_another_wrapping_key(settings: ServerSettings) -> None:
    path = settings.data / "other"
    create_key_file(path)
    with (
        pytest.raises(LeastwayError, match="5 credentials sealed by file:"),
        open_server(replace(settings, wrapping_key=str(path)), lambda _token: None),
    ):
        pass
    (settings.data / "wrapping-key").unlink()
    with pytest.raises(InvalidInputError, match="the wrapping key does not exist"), open_server(settings, print):
        pass
    assert not (settings.data / "wrapping-key").exists()


def test_a_damaged_canary_stops_the_start(settings: ServerSettings) -> None:
    with open_platform_store(settings.where) as store, store.writing() as transaction:
        canary = credential_versions.c.owner_kind == HolderKind.SERVER.value
        transaction._connection.execute(update(credential_versions).where(canary).values(nonce=b"x" * 12))
    with pytest.raises(DamagedError), open_server(settings, print):
        pass
