"""Proofs for one entry: written, read back, checked, and rejected where anything in them is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leastway.tlog import (
    CHECKPOINT,
    EntryProof,
    NoteError,
    check_entry,
    inclusion_proof,
    leaf_hash,
    read_proof,
    subtrees_of,
)
from tests.unit.tlog.logs import LOG, WITNESS, checkpoint_of, entries_of, log_of

_ENTRIES = entries_of(13)


def _proof(index: int) -> EntryProof:
    subtrees = subtrees_of([leaf_hash(entry) for entry in _ENTRIES])
    checkpoint = log_of(_ENTRIES, witnessed=True)[CHECKPOINT].decode()
    return EntryProof(index, inclusion_proof(subtrees, index, len(_ENTRIES)), checkpoint)


@pytest.mark.parametrize("index", range(13))
def test_a_proof_is_read_back_and_holds_for_its_entry_alone(index: int) -> None:
    proof = read_proof(str(_proof(index)).encode())
    assert proof == _proof(index)
    signed = check_entry(_ENTRIES[index], proof, LOG.key, [WITNESS.key])
    assert signed.checkpoint == checkpoint_of(_ENTRIES)
    assert [key for key, _ in signed.witnesses] == [WITNESS.key]
    with pytest.raises(NoteError, match="does not lead from the entry to the root of 13 entries"):
        check_entry(b"other", proof, LOG.key)


def test_every_flipped_byte_of_a_proof_is_found() -> None:
    data = str(_proof(5)).encode()
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            signed = check_entry(_ENTRIES[5], read_proof(changed), LOG.key, [WITNESS.key])
        except NoteError:
            continue
        # Another name or id makes the cosignature one of an unknown key, which is ignored: the witness is missing then.
        assert not signed.witnesses


def test_extra_data_is_kept() -> None:
    header, _, rest = str(_proof(5)).partition("\n")
    proof = read_proof(f"{header}\nextra AAAA\n{rest}".encode())
    assert (proof.extra, replace(proof, extra=None)) == (bytes(3), _proof(5))
    assert str(proof) == f"{header}\nextra AAAA\n{rest}"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "does not begin with c2sp.org/tlog-proof@v1"),
        (b"\xff", "not valid UTF-8"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n", "does not begin with"),
        (b"c2sp.org/tlog-proof@v1\n\nx", "does not name the index"),
        (b"c2sp.org/tlog-proof@v1\nindex 00\n\nx", "does not name the index"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx", "not a SHA-256 hash in Base64"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n!\n\nx", "not a SHA-256 hash in Base64"),
    ],
)
def test_a_file_that_is_not_a_proof_is_rejected(data: bytes, what: str) -> None:
    with pytest.raises(NoteError, match=what):
        read_proof(data, where="here")
