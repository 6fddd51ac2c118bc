"""Witnesses of the audit logs: signatures are shown and copied, refusals are reported, and nothing waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leastway.app.audit.verify import VerifiedLog, verify
from leastway.broker.logs import LogCopies, LogWitnesses, Record
from leastway.errors import InvalidInputError, LeastwayError
from leastway.published import FolderLog, Witness
from leastway.tlog import EMPTY_ROOT, Checkpoint, Signature, SignatureType, Signer, VerifierKey, read_checkpoint
from tests.contract.platform.audit_logs import NAME, Opened, entry, opened, signer_of
from tests.scripted_witness import ScriptedWitness, running_witness

LOG = signer_of(f"{NAME}/acme").key


@pytest.fixture
def new_store(tmp_path: Path) -> str:
    """A store on SQLite: a witness is asked in the same way about every database."""
    return str(tmp_path / "state" / "leastway.db")


@pytest.fixture
def witness() -> Iterator[ScriptedWitness]:
    with running_witness(ScriptedWitness({LOG.name: LOG})) as running:
        yield running


@contextmanager
def _asked(logs: Opened, witness: ScriptedWitness, copy: Path | None = None) -> Iterator[LogWitnesses]:
    """Ask the witness about the logs, and copy what is passed on to a folder."""
    copies = LogCopies(logs.store, lambda path: FolderLog((copy or Path()) / path), pause=0.01)
    on_signed = None if copy is None else copies.offer
    asked = LogWitnesses(logs.store, [Witness(witness.url, witness.signer.key)], on_signed, pause=0.01)
    logs.keeper._on_published = asked.offer
    with copies, asked:
        yield asked


def _until(is_true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def _signed(asked: LogWitnesses, witness: ScriptedWitness, size: int) -> bool:
    """Whether the checkpoint of that size was passed on, and has the witness's signature."""
    record = asked.signed("acme")
    if record is None or record.text.split("\n")[1] != str(size):
        return False
    return bool(read_checkpoint(record.text.encode(), LOG, [witness.signer.key]).witnesses)


def test_each_checkpoint_is_signed_from_the_one_that_the_witness_saw_last(
    new_store: str, tmp_path: Path, witness: ScriptedWitness
) -> None:
    with opened(new_store, tmp_path / "records") as logs, _asked(logs, witness) as asked:
        done = 0
        for size in (1, 3, 300):
            logs.append(*map(entry, range(done, size)))
            _until(lambda size=size: _signed(asked, witness, size))  # type: ignore[misc]
            done = size
        assert witness.olds == [0, 1, 3]
        assert (asked.problem, asked.unsigned) == (None, 0)


def test_after_a_restart_the_witness_says_where_to_go_on(
    new_store: str, tmp_path: Path, witness: ScriptedWitness
) -> None:
    for size, olds in ((2, [0]), (5, [0, 0, 2]), (5, [0, 0, 2, 0, 5])):
        with opened(new_store, tmp_path / "records") as logs, _asked(logs, witness) as asked:
            published = logs.keeper.published("acme")
            done = 0 if published is None else int(published.text.split("\n")[1])
            if done == size and published is not None:
                asked.offer(published)
            logs.append(*map(entry, range(done, size)))
            _until(lambda size=size, asked=asked: _signed(asked, witness, size))  # type: ignore[misc]
        assert witness.olds == olds


def test_the_copy_has_the_signature_and_verification_demands_it(
    new_store: str, tmp_path: Path, witness: ScriptedWitness
) -> None:
    copy = tmp_path / "copy"
    with opened(new_store, tmp_path / "records") as logs, _asked(logs, witness, copy) as asked:
        logs.append(entry(1), entry(2))
        _until(lambda: _signed(asked, witness, 2))
        _until((copy / "acme" / "checkpoint").exists)

    def faults(key: VerifierKey) -> list[str]:
        found = verify(str(copy / "acme"), str(LOG), (str(key),))
        assert isinstance(found, VerifiedLog)
        return [fault.what for fault in found.check.faults]

    assert faults(witness.signer.key) == []
    other = Signer("other.example", bytes([1] * 32), SignatureType.WITNESS).key
    assert faults(other) == ["the witness other.example has not signed the checkpoint"]


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (404, b"", "the witness does not know the log"),
        (403, b"", "the witness does not trust the log's key"),
        (409, b"", "the witness answered 409"),
        (409, b"9\n", "the witness saw a checkpoint of 9 entries last"),
        (422, b"", "the log does not go on from the checkpoint that the witness saw last"),
        (500, b"", "the witness answered 500"),
        (302, b"", "the witness answered 302"),
        (200, b"", "the witness's answer is not its signature"),
        (200, b"not a signature\n", "the witness's answer is not its signature"),
        (200, f"{signer_of('x').sign('y')}\n".encode(), "the witness's answer is not its signature"),
    ],
)
def test_a_log_that_is_not_signed_is_shown_and_copied_without_and_asked_for_again(
    new_store: str, tmp_path: Path, witness: ScriptedWitness, status: int, body: bytes, what: str
) -> None:
    witness.status, witness.body = status, body
    copy = tmp_path / "copy" / "acme" / "checkpoint"
    with opened(new_store, tmp_path / "records") as logs, _asked(logs, witness, tmp_path / "copy") as asked:
        logs.append(entry(1))
        _until(lambda: asked.problem is not None and copy.exists())
        assert what in str(asked.problem)
        assert asked.unsigned == 1
        logs.append(entry(2))
        _until(lambda: copy.read_text().split("\n")[1] == "2")
        witness.status = None
        _until(lambda: _signed(asked, witness, 2))
        _until(lambda: asked.problem is None)
        assert asked.unsigned == 0


def test_a_signature_stays_while_another_witness_is_asked_again() -> None:
    class OneTime(Witness):
        """A witness that signs at one attempt alone."""

        def __init__(self, name: str, at: int) -> None:
            self.signer, self.at, self.asked = Signer(name, bytes(32), SignatureType.WITNESS), at, 0
            super().__init__("https://witness.example", self.signer.key)

        def cosign(self, _old: int, _proof: Sequence[bytes], checkpoint: str) -> Signature:
            self.asked += 1
            if self.asked != self.at:
                raise LeastwayError("it does not answer")
            return self.signer.sign(checkpoint.partition("\n\n")[0] + "\n", at=datetime.now(UTC))

    first, second = OneTime("first.example", at=1), OneTime("second.example", at=3)
    record = Record("acme", 1, str(Checkpoint(LOG.name, 1, EMPTY_ROOT).signed(signer_of(LOG.name))))
    asked = LogWitnesses(None, [first, second])  # type: ignore[arg-type]  # a proof from nothing reads nothing
    for _ in range(2):
        with pytest.raises(LeastwayError, match="does not answer"):
            asked.take(record)
        passed = asked.signed("acme")
        assert passed is not None
        assert "first.example" in passed.text
    asked.take(record)
    passed = asked.signed("acme")
    assert passed is not None
    found = read_checkpoint(passed.text.encode(), LOG, [first.key, second.key])
    assert [key for key, _ in found.witnesses] == [first.key, second.key]
    assert (first.asked, second.asked, asked.unsigned) == (1, 3, 0)


def test_a_witness_that_does_not_answer_delays_nothing(new_store: str, tmp_path: Path) -> None:
    gone = ScriptedWitness(url="http://127.0.0.1:9/")
    with opened(new_store, tmp_path / "records") as logs, _asked(logs, gone) as asked:
        logs.append(entry(1), entry(2))
        assert logs.check().targets == ["1", "2"]
        _until(lambda: asked.signed("acme") is not None)
        _until(lambda: asked.problem is not None)
        assert "the witness does not answer" in str(asked.problem)


def test_a_log_that_the_witness_does_not_know_rests_and_holds_up_no_other(
    new_store: str, tmp_path: Path, witness: ScriptedWitness
) -> None:
    with opened(new_store, tmp_path / "records") as logs, _asked(logs, witness) as asked:
        logs.append(entry(1, "unknown"))
        _until(lambda: asked.problem is not None)
        key = "unknown", 1
        asked._failures[key] = replace(asked._failures[key], until=time.monotonic() + 3600)
        before = len(witness.olds)
        logs.append(entry(1))
        _until(lambda: _signed(asked, witness, 1))
        assert len(witness.olds) <= before + 2  # an attempt for the resting log may have been in flight
        assert asked.unsigned == 1


def test_a_forked_log_is_found_by_the_witness(new_store: str, tmp_path: Path, witness: ScriptedWitness) -> None:
    with opened(new_store, tmp_path / "records") as logs, _asked(logs, witness) as asked:
        logs.append(entry(1), entry(2))
        _until(lambda: _signed(asked, witness, 2))
    (tmp_path / "forked").mkdir()
    with (
        opened(str(tmp_path / "forked" / "leastway.db"), tmp_path / "other records") as logs,
        _asked(logs, witness) as asked,
    ):
        logs.append(entry("forged"), entry(2), entry(3))
        _until(lambda: asked.problem is not None)
        assert "does not go on from the checkpoint that the witness saw last" in str(asked.problem)


@pytest.mark.parametrize(
    ("url", "key", "what"),
    [
        ("http://witness.example", ScriptedWitness().signer.key, "not the URL of a witness"),
        ("ftp://witness.example", ScriptedWitness().signer.key, "not the URL of a witness"),
        ("https://me:secret@witness.example", ScriptedWitness().signer.key, "not the URL of a witness"),
        ("https://witness.example", LOG, "not the verifier key of a witness"),
    ],
)
def test_a_witness_that_cannot_be_one_is_rejected(url: str, key: VerifierKey, what: str) -> None:
    with pytest.raises(InvalidInputError, match=what) as refused:
        Witness(url, key)
    assert "secret" not in str(refused.value)


def test_a_signature_of_another_checkpoint_is_not_accepted(witness: ScriptedWitness) -> None:
    client = Witness(witness.url, witness.signer.key)
    checkpoint = Checkpoint(LOG.name, 0, EMPTY_ROOT).signed(signer_of(LOG.name))
    witness.status, witness.body = 200, f"{witness.signer.sign('other', at=datetime.now(UTC))}\n".encode()
    with pytest.raises(LeastwayError, match="not its signature"):
        client.cosign(0, (), str(checkpoint))
    client.close()
