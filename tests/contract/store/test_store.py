"""One suite for every implementation of the store."""

import os
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import Address, Kind, Place, Realm, RoleIds, Stage
from leastway.ports import Store
from leastway.ports.memory_store import MemoryStore
from leastway.primitives import SystemClock
from leastway.store import open_store


class HastyClock(SystemClock):
    """Does not wait, but counts the seconds."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


ACCOUNT, OTHER = "111122223333", "444455556666"
SITE = (Realm.EKS, Place("111122223333", "eu-central-1", "prod"))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    where: str | Path = tmp_path / "state" / "leastway.db"
    if request.param == "postgresql":
        url = os.environ.get("LEASTWAY_TEST_POSTGRESQL")
        if not url:
            pytest.skip("LEASTWAY_TEST_POSTGRESQL names no PostgreSQL database")
        where = url
    database = open_store(where)
    yield database
    database.close()


@pytest.fixture
def grant() -> str:
    """A unique name for each test, because a database outlives them."""
    return f"acme-{uuid.uuid4().hex[:12]}"


def test_external_ids_of_roles_keep_their_order_and_stage(store: Store, grant: str) -> None:
    assert store.external_ids(grant) == {}
    first = {
        (ACCOUNT, ""): RoleIds(f"own-{grant}"),
        (ACCOUNT, "one"): RoleIds(f"z-{grant}", (f"b-{grant}", f"a-{grant}"), Stage.SEVERAL),
        (OTHER, "one"): RoleIds(f"other-{grant}"),
    }
    for _ in range(2):
        store.keep(grant, first)
        assert store.external_ids(grant) == first
    fewer = {(ACCOUNT, "one"): RoleIds(f"new-{grant}", (f"z-{grant}",), Stage.CHANGING)}
    store.keep(grant, fewer)
    assert store.external_ids(grant) == {**first, **fewer}
    assert store.external_ids(f"{grant}-2") == {}


def test_a_grant_name_belongs_to_the_last_file_or_to_none(store: Store, grant: str) -> None:
    assert store.file_of(grant) is None
    for path in ("/one/grant.yaml", "/one/grant.yaml", "/two/grant.yaml"):
        store.remember_file(grant, path)
        assert store.file_of(grant) == path
    store.remember_file(f"{grant}-2", "/other/grant.yaml")
    for _ in range(2):
        store.remember_file(grant, None)
        assert store.file_of(grant) is None
    assert store.file_of(f"{grant}-2") == "/other/grant.yaml"


def test_an_external_id_belongs_to_one_account_only(store: Store, grant: str) -> None:
    same, mine = f"same-{grant}", {(OTHER, "one"): RoleIds(f"mine-{grant}")}
    for _ in range(2):
        store.claim(grant, ACCOUNT, [same])
    for other, account in ((grant, OTHER), (f"{grant}-2", ACCOUNT)):
        with pytest.raises(InvalidInputError):
            store.claim(other, account, [same])
    for ids in (RoleIds(same), RoleIds(f"b-{grant}", (same,), Stage.SEVERAL)):
        with pytest.raises(InvalidInputError):
            store.keep(grant, {**mine, (OTHER, "two"): ids})
        assert store.external_ids(grant) == {}


def test_an_id_that_is_being_replaced_may_belong_to_another_account(store: Store, grant: str) -> None:
    """Else a role that asks for another account's id could never be given one of its own."""
    store.claim(grant, ACCOUNT, [f"same-{grant}"])
    leaving = {(OTHER, "one"): RoleIds(f"own-{grant}", (f"same-{grant}",), Stage.CHANGING)}
    store.keep(grant, leaving)
    assert store.external_ids(grant) == leaving


def test_a_replaced_id_stays_reserved_for_its_account(store: Store, grant: str) -> None:
    store.keep(grant, {(ACCOUNT, "one"): RoleIds(f"first-{grant}")})
    store.keep(grant, {(ACCOUNT, "one"): RoleIds(f"second-{grant}")})
    with pytest.raises(InvalidInputError):
        store.claim(grant, OTHER, [f"first-{grant}"])


def test_touched_sites_are_kept_until_they_are_forgotten(store: Store, grant: str) -> None:
    other = (Realm.IAM, Place("111122223333"))
    store.touch(grant, [SITE])
    store.touch(grant, [SITE, other])
    assert store.touched(grant) == {SITE, other}
    assert store.touched(f"{grant}-2") == frozenset()
    store.forget(grant, [SITE])
    assert store.touched(grant) == {other}


def test_created_objects_are_kept_until_they_are_forgotten(store: Store, grant: str) -> None:
    role = Address(Place("111122223333"), Kind.ROLE, "humanitec-s3")
    entry = Address(SITE[1], Kind.ACCESS_ENTRY, f"arn:aws:iam::111122223333:role/{'x' * 500}")
    assert store.made(grant) == {}
    store.remember_made(grant, {role: ""})
    store.remember_made(grant, {role: "AROA1", entry: "arn:aws:eks:entry"})
    store.remember_made(f"{grant}-2", {role: "AROA2"})
    assert store.made(grant) == {role: "AROA1", entry: "arn:aws:eks:entry"}
    store.forget_made(grant, [role, role._replace(name="never-there")])
    assert store.made(grant) == {entry: "arn:aws:eks:entry"}
    store.forget_made(grant)
    assert (store.made(grant), store.made(f"{grant}-2")) == ({}, {role: "AROA2"})


FIRST_RUNS = """
import os, sys
from leastway.estate import Place, Realm
from leastway.store import DatabaseStore, open_store

def run(where, number):
    with open_store(where) as store:
        store.remember_file("acme", f"/{number}/grant.yaml")
        store.touch("acme", [(Realm.IAM, Place("111122223333")), (Realm.IAM, Place(str(number).rjust(12, "0")))])

where, runs = sys.argv[1], int(sys.argv[2])
begin, start = os.pipe()
for number in range(runs):
    if os.fork() == 0:
        os.close(start)
        os.read(begin, 1)  # until the parent closes the pipe
        run(where, number)
        os._exit(0)
os.close(start)
ended = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(runs)]
sys.exit(any(ended))
"""
"""Processes that share their imports, and begin together. One that raises ends with a code and a traceback."""


def test_simultaneous_first_runs_share_one_store(new_store: str) -> None:
    runs = 6
    ended = subprocess.run(
        [sys.executable, "-c", FIRST_RUNS, new_store, str(runs)],
        check=False,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    with open_store(new_store) as store:
        assert len(store.touched("acme")) == runs + 1


def test_only_one_process_has_a_turn(new_store: str) -> None:
    inside: list[str] = []
    seen: list[list[str]] = []

    def take(who: str) -> None:
        with open_store(new_store) as store, store.turn("acme"):
            inside.append(who)
            time.sleep(0.05)
            seen.append(list(inside))
            inside.remove(who)

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(take, "abcd"))
    assert sorted(seen) == [["a"], ["b"], ["c"], ["d"]]


def test_waiting_too_long_for_a_turn_is_an_error(new_store: str) -> None:
    clock = HastyClock()
    with open_store(new_store) as store, open_store(new_store, clock) as other, store.turn("acme"):
        with pytest.raises(LeastwayError, match="another run has locked the store"), other.turn("acme"):
            pytest.fail("the turn was taken")
        assert clock.seconds >= 60
    with open_store(new_store, clock) as other, other.turn("acme"):
        pass


def test_a_turn_is_released_after_an_error(store: Store, grant: str) -> None:
    with pytest.raises(ZeroDivisionError), store.turn(grant):
        raise ZeroDivisionError
    with store.turn(grant):
        pass


def test_only_the_owner_can_read_the_lock_file(tmp_path: Path) -> None:
    open_store(tmp_path / "leastway.db").close()
    assert stat.S_IMODE((tmp_path / "leastway.db.lock").stat().st_mode) == 0o600


def test_only_the_owner_can_read_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "state" / "leastway.db"
    open_store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_account_of_a_reused_external_id_is_named(tmp_path: Path) -> None:
    store = open_store(tmp_path / "leastway.db")
    store.claim("acme", ACCOUNT, ["the-same"])
    with pytest.raises(InvalidInputError, match="111122223333 of the grant 'acme'"):
        store.claim("other", OTHER, ["the-same"])
    store.close()


@pytest.mark.parametrize("url", ["nonsense://x", "postgresql+nodriver://x/y", "://"])
def test_an_invalid_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError):
        open_store(url)


def test_a_store_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "a-file").touch()
    for where in (tmp_path / "a-folder", tmp_path / "a-file" / "leastway.db"):
        with pytest.raises(LeastwayError, match="cannot be opened"):
            open_store(where)


def test_a_file_that_is_not_a_store_is_an_error_with_a_fix(tmp_path: Path) -> None:
    broken = tmp_path / "leastway.db"
    broken.write_text("no database " * 1000)
    with pytest.raises(LeastwayError) as caught:
        open_store(broken)
    assert "file is not a database" in str(caught.value)
    assert "can be moved away" in (caught.value.fix or "")
    assert broken.read_text().startswith("no database")


def test_a_database_that_fails_later_is_an_error(tmp_path: Path) -> None:
    where = tmp_path / "leastway.db"
    with open_store(where) as store:
        store.touch("acme", [SITE])
        with create_engine(f"sqlite:///{where}").begin() as connection:
            connection.execute(text("DROP TABLE touched_sites"))
            connection.execute(text("DROP TABLE external_id_owners"))
            connection.execute(text("DROP TABLE role_external_ids"))
        for ask in (
            lambda: store.external_ids("acme"),
            lambda: store.claim("acme", ACCOUNT, ["first"]),
            lambda: store.keep("acme", {(ACCOUNT, ""): RoleIds("first")}),
            lambda: store.touched("acme"),
            lambda: store.touch("acme", [SITE]),
            lambda: store.forget("acme", [SITE]),
        ):
            with pytest.raises(LeastwayError, match="the store cannot be") as failed:
                ask()
            assert str(where) in str(failed.value)
