"""Terraform states on every database: the lock, its lease, versions, and what the backend refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy import insert, literal, update

from leastway.audit import Entry, Outcome, read_entry
from leastway.custody import Custody, FileWrappingKey
from leastway.errors import LeastwayError
from leastway.gateway import StateAnswer, StateRequest
from leastway.orchestrator.states import (
    RefusedStateError,
    StateBackend,
    StateKey,
    StateVault,
    state_place,
)
from leastway.ports import DamagedError
from leastway.primitives import Secret
from leastway.service.rewrap import rewrap
from leastway.store import PlatformStore, open_platform_store
from leastway.store.platform_schema import credential_versions
from leastway.store.run_schema import runs
from leastway.store.state_schema import state_accesses, states

LEASE = timedelta(seconds=60)
BUCKET = StateKey("acme", "a" * 40)
LINEAGE = "0b9a2b5e-6f1d-4a55-a4b2-9f6f0b3c1d2e"


class SetClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 28, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class World:
    """A vault, and runs that speak to its backend as Terraform does."""

    def __init__(self, store: PlatformStore, clock: SetClock) -> None:
        self.store, self.clock = store, clock
        self.custody = Custody(FileWrappingKey(b"k" * 32))
        self.vault = StateVault(store, self.custody)
        self.backend = StateBackend(self.vault)

    def later(self, time: timedelta) -> None:
        """Let time pass: on PostgreSQL, whose clock counts, everything happened so much earlier."""
        self.clock.time += time
        if self.store.is_shared:
            ends = {
                each.name: each - literal(time) for each in (state_accesses.c.expires_at, state_accesses.c.ended_at)
            }
            with self.store.writing() as transaction:
                transaction._connection.execute(update(state_accesses).values(ends))

    def run(self, run: str, key: StateKey = BUCKET, attempt: int = 1, *, writes: bool = True) -> Secret:
        ticket = self.vault.open_access(key, title=f"shop/dev s3 {key.id}", run=run, attempt=attempt, lease=LEASE)
        if writes:
            assert self.vault.permit_writes(run, attempt)
        return ticket.token

    def ask(self, token: Secret, method: str, body: bytes = b"", query: str = "", **headers: str) -> StateAnswer:
        password = base64.b64encode(b"run:" + token.reveal().encode()).decode()
        return self.backend.answer(
            StateRequest(method, "/", query, {"Authorization": f"Basic {password}", **headers}, body)
        )

    def lock(self, token: Secret, lock: str) -> StateAnswer:
        return self.ask(token, "LOCK", info(lock))

    def unlock(self, token: Secret, lock: str) -> StateAnswer:
        return self.ask(token, "UNLOCK", info(lock))

    def post(self, token: Secret, lock: str, body: bytes) -> StateAnswer:
        return self.ask(token, "POST", body, f"ID={lock}", **{"content-md5": md5(body)})

    def entries(self, action: str) -> list[Entry]:
        with self.store.reading() as transaction:
            read = [read_entry(each.data) for each in transaction.audit.pending(1000)]
        return [each for each in read if each.action == action]


def refused(answer: StateAnswer) -> str:
    return str(json.loads(answer.body)["message"])


def info(lock: str) -> bytes:
    return json.dumps({"ID": lock, "Operation": "OperationTypeApply", "Who": "u@h", "Info": ""}).encode()


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def state(serial: int, *, lineage: str = LINEAGE, secret: str = "planted-in-the-state") -> bytes:
    content = {"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage}
    outputs = {"password": {"value": secret, "type": "string", "sensitive": True}}
    return json.dumps({**content, "outputs": outputs, "resources": []}, indent=2).encode()


@pytest.fixture
def world(new_store: str) -> Iterator[World]:
    clock = SetClock()
    with open_platform_store(new_store, clock) as store:
        yield World(store, clock)


def test_a_state_is_read_as_it_was_written_and_every_version_is_kept(world: World) -> None:
    token = world.run("r1")
    assert world.ask(token, "GET").status == HTTPStatus.NO_CONTENT
    assert world.lock(token, "l1").status == HTTPStatus.OK
    assert world.post(token, "l1", state(1)).status == HTTPStatus.OK
    assert world.post(token, "l1", state(2, secret="a second secret")).status == HTTPStatus.OK
    assert world.unlock(token, "l1").status == HTTPStatus.OK
    answer = world.ask(token, "GET")
    assert (answer.status, answer.body) == (HTTPStatus.OK, state(2, secret="a second secret"))
    assert dict(answer.headers)["Content-MD5"] == md5(answer.body)
    with world.store.reading() as transaction:
        versions = transaction.states.versions(BUCKET.organization, BUCKET.id)
        assert [(each.version, each.serial, each.writer.run) for each in versions] == [(2, 2, "r1"), (1, 1, "r1")]
        assert world.vault.content(transaction, BUCKET, 1) == state(1)
        (listed,) = transaction.states.of_organization("acme")
        assert (listed.title, listed.current) == (f"shop/dev s3 {BUCKET.id}", versions[0])
        assert transaction.states.of_organization("other") == ()
        dumped = b"".join(transaction.dump())
    assert b"planted" not in dumped
    assert base64.b64encode(b"planted-in-the-state")[:12] not in dumped
    assert [each.details["version_before"] for each in world.entries("state.written")] == [0, 1]


def test_two_runs_cannot_hold_the_lock_and_the_second_is_told_who_does(world: World) -> None:
    first, second = world.run("r1"), world.run("r2")
    assert world.lock(first, "l1").status == HTTPStatus.OK
    assert world.lock(first, "l1").status == HTTPStatus.OK, "a request that is sent again is the same lock"
    for token, lock in ((second, "l2"), (first, "another"), (second, "l1")):
        answer = world.lock(token, lock)
        assert (answer.status, json.loads(answer.body)["ID"]) == (HTTPStatus.LOCKED, "l1")
    assert world.unlock(second, "l1").status == HTTPStatus.LOCKED
    assert world.ask(second, "UNLOCK").status == HTTPStatus.LOCKED, "force-unlock of another run's lock"
    assert world.unlock(first, "another").status == HTTPStatus.LOCKED
    assert world.ask(first, "UNLOCK").status == HTTPStatus.OK, "force-unlock of its own"
    assert world.lock(second, "l2").status == HTTPStatus.OK


@pytest.mark.parametrize(
    ("body", "query", "reason"),
    [
        (state(3), "ID=forged", "another one holds the lock"),
        (state(3), "", "names no lock"),
        (state(3), "ID=l1&ID=l1", "names no lock"),
        (state(1), "ID=l1", "has serial 1, and the current one has 2"),
        (state(2, secret="another secret"), "ID=l1", "another content"),
        (state(9, lineage="another"), "ID=l1", "another lineage"),
        (b"{}", "ID=l1", "format is not version 4"),
        (b"\xff", "ID=l1", "not valid JSON"),
        (b"[" * 100_000, "ID=l1", "not valid JSON"),
        (state(3).replace(b'"serial": 3', b'"serial": 3, "Serial": 1'), "ID=l1", "names serial twice"),
    ],
)
def test_a_state_that_does_not_follow_the_current_one_is_refused_and_recorded(
    world: World, body: bytes, query: str, reason: str
) -> None:
    token = world.run("r1")
    world.lock(token, "l1")
    assert world.post(token, "l1", state(2)).status == HTTPStatus.OK
    answer = world.ask(token, "POST", body, query)
    assert answer.status == HTTPStatus.CONFLICT
    assert reason in refused(answer)
    assert b"secret" not in answer.body
    assert world.ask(token, "GET").body == state(2)
    (entry,) = world.entries("state.refused")
    assert entry.outcome is Outcome.REFUSED
    assert reason in str(entry.details["reason"])


def test_a_request_that_was_stored_before_its_answer_arrived_can_be_sent_again(world: World) -> None:
    token = world.run("r1")
    world.lock(token, "l1")
    for _ in range(2):
        assert world.post(token, "l1", state(1)).status == HTTPStatus.OK
    with world.store.reading() as transaction:
        assert len(transaction.states.versions(BUCKET.organization, BUCKET.id)) == 1


def test_a_run_that_is_not_applying_reads_and_locks_only(world: World) -> None:
    token = world.run("r1", writes=False)
    assert world.lock(token, "l1").status == HTTPStatus.OK
    assert "does not apply" in refused(world.post(token, "l1", state(1)))
    assert world.vault.permit_writes("r1", 1)
    assert world.post(token, "l1", state(1)).status == HTTPStatus.OK
    assert world.vault.permit_writes("r1", 1, permitted=False)
    assert world.post(token, "l1", state(2)).status == HTTPStatus.CONFLICT


def test_the_lock_of_a_killed_run_is_free_when_its_lease_has_expired(world: World) -> None:
    killed, next_one = world.run("r1"), world.run("r2")
    world.lock(killed, "l1")
    world.post(killed, "l1", state(1))
    world.later(LEASE / 2)
    assert world.vault.renew("r2", 1, LEASE)
    assert world.lock(next_one, "l2").status == HTTPStatus.LOCKED
    world.later(LEASE / 2)
    assert world.lock(next_one, "l2").status == HTTPStatus.OK
    for answer in (world.post(killed, "l1", state(2)), world.lock(killed, "l3"), world.ask(killed, "GET")):
        assert "lease has expired" in refused(answer)
    assert not world.vault.renew("r1", 1, LEASE)
    assert not world.vault.permit_writes("r1", 1)
    assert world.ask(next_one, "GET").body == state(1), "nothing is lost"
    assert [each.details["run"] for each in world.entries("state.lock-freed")] == ["r1"]


def test_a_lease_that_expired_goes_on_if_nobody_took_the_lock(world: World) -> None:
    """A server that was away for longer than a lease comes back to an apply that still works."""
    run = world.run("r1")
    world.lock(run, "l1")
    world.later(3 * LEASE)
    assert "lease has expired" in refused(world.post(run, "l1", state(1)))
    assert world.vault.renew("r1", 1, LEASE)
    assert world.post(run, "l1", state(1)).status == HTTPStatus.OK
    other = world.run("r2")
    assert world.lock(other, "l2").status == HTTPStatus.LOCKED


def test_a_lease_that_expired_before_an_apply_goes_on(world: World) -> None:
    planning = world.run("r1")
    world.vault.permit_writes("r1", 1, permitted=False)
    world.later(3 * LEASE)
    assert world.vault.renew("r1", 1, LEASE)
    assert world.lock(planning, "l1").status == HTTPStatus.OK


def test_a_lease_that_expired_ends_once_another_run_had_the_lock(world: World) -> None:
    first = world.run("r1")
    world.lock(first, "l1")
    world.later(3 * LEASE)
    second = world.run("r2")
    assert world.lock(second, "l2").status == HTTPStatus.OK
    assert not world.vault.renew("r1", 1, LEASE)
    world.vault.end("r2")
    assert not world.vault.renew("r1", 1, LEASE)
    assert "lease has expired" in refused(world.lock(first, "l3"))


def test_a_rescue_waits_for_the_lock_of_another_run_that_is_alive(world: World) -> None:
    holder = world.run("r1")
    world.run("r2")
    world.lock(holder, "l1")
    with pytest.raises(RefusedStateError, match="another one holds the lock"):
        world.vault.rescue("r2", 1, state(1))
    assert world.vault.rescue("r1", 1, state(1)) is not None
    with pytest.raises(RefusedStateError, match="no access"):
        world.vault.rescue("r1", 2, state(2))
    world.later(LEASE / 2)
    assert world.vault.renew("r2", 1, LEASE)
    world.later(LEASE / 2)
    assert world.vault.rescue("r2", 1, state(2)) is not None


def test_a_later_attempt_fences_off_the_one_before(world: World) -> None:
    first = world.run("r1")
    world.lock(first, "l1")
    second = world.run("r1", attempt=2)
    assert world.lock(second, "l2").status == HTTPStatus.OK
    assert "has ended" in refused(world.post(first, "l1", state(1)))
    assert world.post(second, "l2", state(1)).status == HTTPStatus.OK
    assert not world.vault.renew("r1", 1, LEASE)
    assert not world.vault.permit_writes("r1", 1, permitted=False)
    assert world.post(second, "l2", state(2)).status == HTTPStatus.OK
    with pytest.raises(RefusedStateError, match="attempt 2 of the run has begun"):
        world.run("r1", attempt=2)
    world.vault.end("r1")
    assert world.ask(second, "GET").status == HTTPStatus.CONFLICT
    assert world.lock(world.run("r3"), "l3").status == HTTPStatus.OK


def test_a_token_opens_one_state_of_one_organization(world: World) -> None:
    other = StateKey("other", BUCKET.id)
    mine, theirs = world.run("r1"), world.run("r2", other)
    world.lock(mine, "l1")
    assert world.lock(theirs, "l1").status == HTTPStatus.OK, "equal ids in two organizations are two states"
    world.post(mine, "l1", state(1))
    world.post(theirs, "l1", state(1, secret="of the other organization"))
    assert world.ask(mine, "GET").body == state(1)
    assert world.ask(Secret("forged"), "GET").status == HTTPStatus.CONFLICT
    assert world.backend.answer(StateRequest("GET", "/")).status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "header", ["Bearer x", "Basic", "Basic ***", "Basic \xe9", "Basic " + base64.b64encode(b"\xff:\xff").decode()]
)
def test_a_request_without_a_token_is_refused(world: World, header: str) -> None:
    answer = world.backend.answer(StateRequest("GET", "/", "", {"authorization": header}))
    assert answer.status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "body", [b"x", b"[]", b'{"ID": ""}', b'{"ID": 1}', b'{"ID": "' + b"x" * 65 + b'"}', b"x" * 20_000]
)
def test_a_lock_without_an_id_is_refused(world: World, body: bytes) -> None:
    token = world.run("r1")
    assert world.ask(token, "LOCK", body).status == HTTPStatus.BAD_REQUEST
    assert world.ask(token, "UNLOCK", body).status == HTTPStatus.BAD_REQUEST
    assert world.ask(token, "DELETE").status == HTTPStatus.METHOD_NOT_ALLOWED


def test_a_body_that_arrived_changed_is_refused(world: World) -> None:
    token = world.run("r1")
    world.lock(token, "l1")
    answer = world.ask(token, "POST", state(1), "ID=l1", **{"content-md5": md5(state(2))})
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert world.ask(token, "GET").status == HTTPStatus.NO_CONTENT


def test_a_state_that_is_too_large_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastway.orchestrator.states.backend.MOST_BYTES", 1 << 20)
    token = world.run("r1")
    world.lock(token, "l1")
    answer = world.post(token, "l1", b" " * ((1 << 20) + 1))
    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "more than 1 MiB" in refused(answer)


def test_a_module_cannot_fill_the_audit_log_with_refusals(world: World) -> None:
    token = world.run("r1")
    for _ in range(30):
        world.post(token, "forged", state(1))
        world.post(Secret("forged"), "forged", state(1))
    assert len(world.entries("state.refused")) == 20


def test_a_state_that_terraform_could_not_send_is_rescued_under_the_same_rules(world: World) -> None:
    token = world.run("r1")
    world.lock(token, "l1")
    world.post(token, "l1", state(1))
    assert world.vault.rescue("r1", 1, state(1)) is None
    rescued = world.vault.rescue("r1", 1, state(2))
    assert rescued is not None
    assert rescued.serial == 2
    with pytest.raises(RefusedStateError, match="has serial 1"):
        world.vault.rescue("r1", 1, state(1))
    with pytest.raises(RefusedStateError, match="no access"):
        world.vault.rescue("unknown", 1, state(3))
    world.later(LEASE)
    with pytest.raises(RefusedStateError, match="lease has expired"):
        world.vault.rescue("r1", 1, state(3))


def test_an_earlier_version_is_restored_with_a_serial_above_all(world: World) -> None:
    token = world.run("r1")
    world.lock(token, "l1")
    for serial in (1, 2, 7):
        world.post(token, "l1", state(serial, secret=f"secret {serial}"))
    with world.store.writing() as transaction, pytest.raises(RefusedStateError, match="run r1 holds its lock"):
        world.vault.restore(transaction, BUCKET, 1, "u1")
    world.unlock(token, "l1")
    with world.store.writing() as transaction:
        restored = world.vault.restore(transaction, BUCKET, 1, "u1")
    assert (restored.version, restored.serial, restored.writer.user, restored.writer.restored_from) == (4, 8, "u1", 1)
    assert world.ask(token, "GET").body == state(8, secret="secret 1")
    world.lock(token, "l2")
    assert "has serial 7" in refused(world.post(token, "l2", state(7, secret="secret 7"))), "a replay"
    with world.store.writing() as transaction, pytest.raises(RefusedStateError, match="version 9 is not kept"):
        world.vault.restore(transaction, BUCKET, 9, "u1")
    world.later(LEASE)
    with world.store.writing() as transaction:
        assert world.vault.restore(transaction, BUCKET, 2, "u1").version == 5, "the lock's run is gone"


def test_the_newest_hundred_versions_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastway.orchestrator.states.vault._KEPT", 3)
    token = world.run("r1")
    world.lock(token, "l1")
    for serial in range(1, 6):
        world.post(token, "l1", state(serial))
    with world.store.reading() as transaction:
        assert [one.version for one in transaction.states.versions(BUCKET.organization, BUCKET.id)] == [5, 4, 3]
        assert transaction.secrets.sealed(state_place(BUCKET, 2)) is None
        assert transaction.secrets.sealed(state_place(BUCKET, 3)) is not None


def test_a_version_that_was_moved_in_the_database_does_not_open(world: World) -> None:
    token = world.run("r1")
    world.lock(token, "l1")
    world.post(token, "l1", state(1))
    world.post(token, "l1", state(2))
    table = credential_versions
    with world.store.writing() as transaction:
        connection = transaction._connection
        old = connection.execute(table.select().where(table.c.version == 1)).one()._mapping
        values = {name: old[name] for name in ("wrapped_key", "nonce", "ciphertext")}
        connection.execute(update(table).where(table.c.version == 2).values(values))
    with pytest.raises(DamagedError, match=f"state acme/{BUCKET.id}, version 2"):
        world.ask(token, "GET")
    with world.store.writing() as transaction:
        transaction._connection.execute(update(states).values(version=9))
    with pytest.raises(DamagedError, match="version 9, the current one, is missing"):
        world.ask(token, "GET")


def test_of_writers_at_the_same_moment_one_wins_and_nothing_is_lost(world: World) -> None:
    tokens = [world.run(f"r{number}") for number in range(6)]
    answers: list[list[int]] = [[] for _ in tokens]

    def compete(number: int) -> None:
        lock = world.lock(tokens[number], f"l{number}").status
        body = state(1, secret=f"secret of {number}")
        answers[number] = [lock, world.post(tokens[number], f"l{number}", body).status]

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(len(tokens))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [[200, 200]] + [[423, 409]] * 5
    winner = answers.index([200, 200])
    assert world.ask(tokens[winner], "GET").body == state(1, secret=f"secret of {winner}")


def of_run(world: World, key: StateKey, run: str, environment: str) -> None:
    fields = {"id": run, "organization": key.organization, "application": "shop", "environment": environment}
    texts = dict.fromkeys(("type", "class", "resource", "definition", "definition_version", "driver", "action"), "x")
    more = {"guresid": key.id, "needs_approval": False, "credentials": "surrogate", "status": "succeeded", "attempt": 1}
    row: dict[str, object] = {**texts, **more, **fields}
    for column in runs.c:
        if not column.nullable and column.name not in row:
            row[column.name] = {"BOOLEAN": False, "INTEGER": 0, "TEXT": "[]"}.get(str(column.type), "x")
            if column.name.endswith("_at"):
                row[column.name] = world.clock.now()
    with world.store.writing() as transaction:
        transaction._connection.execute(insert(runs), row)


def test_with_an_environment_its_empty_states_go_and_those_with_resources_stay(world: World) -> None:
    kept, other = StateKey("acme", "d" * 40), StateKey("acme", "e" * 40)
    listed = state(1).replace(b'"resources": []', b'"resources": [{"type": "aws_s3_bucket"}]')
    for number, (key, environment, body) in enumerate(
        ((BUCKET, "dev", state(1)), (kept, "dev", listed), (other, "prod", state(1)))
    ):
        token = world.run(f"r{number}", key)
        world.lock(token, "l")
        assert world.post(token, "l", body).status == HTTPStatus.OK
        of_run(world, key, f"r{number}", environment)
    with world.store.writing() as transaction, pytest.raises(RefusedStateError, match="holds its lock"):
        world.vault.forget_empty(transaction, "acme", ("shop", "dev"))
    for number in range(3):
        world.vault.end(f"r{number}")
    with world.store.writing() as transaction:
        assert world.vault.forget_empty(transaction, "other", ("shop", "dev")) == 0
        assert world.vault.forget_empty(transaction, "acme", ("shop", "dev")) == 1
        assert transaction.secrets.sealed(state_place(BUCKET, 1)) is None
        assert {each.id for each in transaction.states.of_organization("acme")} == {kept.id, other.id}
        assert world.vault.forget_empty(transaction, "acme", ("shop", None)) == 1
    again = world.run("r9")
    world.lock(again, "l")
    world.post(again, "l", state(1))
    with world.store.reading() as transaction:
        (version,) = transaction.states.versions(BUCKET.organization, BUCKET.id)
        assert version.version == 2, "a version's number is never used twice"


def test_accesses_are_forgotten_a_day_after_their_end(world: World) -> None:
    first = world.run("r1")
    world.vault.end("r1")
    world.run("r2")
    assert "has ended" in refused(world.ask(first, "GET"))
    world.later(timedelta(days=1, seconds=61))
    world.run("r3")
    assert "no access" in refused(world.ask(first, "GET"))
    with world.store.reading() as transaction:
        assert [each.run for each in transaction.states.accesses_of("r2")] == []


def test_a_state_is_rewrapped_and_restored_like_a_credential(world: World, tmp_path: Path) -> None:
    token = world.run("r1")
    world.lock(token, "l1")
    for serial in (1, 2):
        world.post(token, "l1", state(serial))
    new = FileWrappingKey(b"n" * 32)
    old = FileWrappingKey(b"k" * 32)
    assert rewrap(world.store, Custody(new, [old])).count == 2
    with world.store.reading() as transaction, open_platform_store(tmp_path / "restored.db") as restored:
        with restored.writing() as other:
            other.load(transaction.dump())
        with restored.reading() as other:
            vault = StateVault(restored, Custody(new))
            assert vault.content(other, BUCKET, 2) == state(2)
            with pytest.raises(LeastwayError, match="sealed by the wrapping key"):
                StateVault(restored, Custody(old)).content(other, BUCKET, 1)
