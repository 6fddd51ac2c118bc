"""Audit logs before an independent judge: the code of Go's checksum database (golang.org/x/mod/sumdb).

`make kube-assets` builds the program next to kube-apiserver (`tests/kube-assets/log-judge`).
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leastway.broker.logs import LogWitnesses
from leastway.published import Witness
from leastway.tlog import (
    CHECKPOINT,
    Checkpoint,
    VerifierKey,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    read_checkpoint,
    root_hash,
    subtrees_of,
)
from tests.contract.platform.audit_logs import NAME, entry, opened, signer_of
from tests.scripted_witness import ScriptedWitness, running_witness
from tests.unit.tlog.logs import LOG, entries_of, log_of

pytestmark = pytest.mark.integration

SIZES = (1, 2, 3, 255, 256, 257, 600, 66_000)


class LogJudge:
    """The running program; one question is one line."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def judge() -> Iterator[LogJudge]:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    program = Path(folder, "audit-log-judge") if folder else None
    if program is None or not program.exists():
        pytest.skip("KUBEBUILDER_ASSETS names no audit-log-judge: see docs/kube-assets.md")
    judge = LogJudge(program)
    yield judge
    judge.close()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _texts(hashes: tuple[bytes, ...]) -> list[str]:
    return [_text(each) for each in hashes]


def _written(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.mark.parametrize("size", SIZES)
def test_the_judge_accepts_our_log_and_we_accept_its_proofs(judge: LogJudge, tmp_path: Path, size: int) -> None:
    entries = entries_of(size)
    leaves = [leaf_hash(entry) for entry in entries]
    folder = _written(tmp_path, log_of(entries))
    root = root_hash(subtrees_of(leaves), size)
    for index, old in {(0, 1), (size - 1, size), (size // 2, size // 2), (size // 3, size - 1)}:
        answer = judge.ask(folder=str(folder), key=str(LOG.key), index=index, old=old)
        assert (answer["problem"], answer["origin"], answer["size"]) == ("", LOG.key.name, size)
        assert base64.b64decode(answer["root"]) == root
        record = tuple(map(base64.b64decode, answer.get("record_proof") or ()))
        assert is_included(leaves[index], index, size, record, root)
        if old:
            tree = tuple(map(base64.b64decode, answer.get("tree_proof") or ()))
            assert is_consistent(old, root_hash(subtrees_of(leaves), old), size, root, tree)


@pytest.mark.parametrize("size", SIZES[:-1])
def test_the_judge_accepts_our_proofs_and_no_others(judge: LogJudge, size: int) -> None:
    leaves = [leaf_hash(entry) for entry in entries_of(size)]
    subtrees = subtrees_of(leaves)
    root = _text(root_hash(subtrees, size))
    for index in {0, size // 2, size - 1}:
        proof = _texts(inclusion_proof(subtrees, index, size))
        asked = {"size": size, "root": root, "index": index, "proof": proof}
        assert judge.ask(record={**asked, "entry": _text(entries_of(size)[index])})["problem"] == ""
        assert judge.ask(record={**asked, "entry": _text(b"another")})["problem"]
    for old in {1, size // 2, size - 1, size} - {0}:
        proof = _texts(consistency_proof(subtrees, old, size))
        asked = {"size": size, "root": root, "old_size": old, "proof": proof}
        assert judge.ask(tree={**asked, "old_root": _text(root_hash(subtrees, old))})["problem"] == ""
        assert judge.ask(tree={**asked, "old_root": _text(leaf_hash(b"another"))})["problem"]


@pytest.mark.parametrize("path", [CHECKPOINT, "tile/entries/001.p/44", "tile/0/000", "tile/0/001.p/44"])
def test_the_judge_and_we_refuse_a_flipped_byte(judge: LogJudge, tmp_path: Path, path: str) -> None:
    files = log_of(entries_of(300))
    changed = bytearray(files[path])
    changed[len(changed) // 2] ^= 1
    folder = _written(tmp_path, files | {path: bytes(changed)})
    assert judge.ask(folder=str(folder), key=str(LOG.key), index=299)["problem"]


def test_we_accept_a_checkpoint_that_the_judge_signed(judge: LogJudge) -> None:
    checkpoint = Checkpoint("judge.example/log", 7, leaf_hash(b"root"))
    answer = judge.ask(sign=str(checkpoint))
    key = VerifierKey.read(answer["key"])
    assert read_checkpoint(answer["note"].encode(), key).checkpoint == checkpoint
    with pytest.raises(Exception, match="does not match the text"):
        read_checkpoint(answer["note"].replace("\n7\n", "\n8\n").encode(), key)


def test_go_accepts_the_proofs_that_witnesses_are_asked_with(judge: LogJudge, tmp_path: Path) -> None:
    """A witness that judges with Go's code signs a log that grows, as the server asks it."""

    def goes_on(old: Checkpoint, new: Checkpoint, proof: tuple[bytes, ...]) -> bool:
        tree = {"size": new.size, "root": _text(new.root), "old_size": old.size, "old_root": _text(old.root)}
        return not judge.ask(tree=tree | {"proof": _texts(proof)})["problem"]

    key = signer_of(f"{NAME}/acme").key
    witness = ScriptedWitness({key.name: key}, judge=goes_on)
    with running_witness(witness), opened(str(tmp_path / "state" / "leastway.db"), tmp_path / "records") as logs:
        client = Witness(witness.url, witness.signer.key)
        asked, done = LogWitnesses(logs.store, [client]), 0
        for size in (1, 2, 3, 255, 256, 257, 600):
            logs.append(*map(entry, range(done, size)))
            logs.keeper._record()
            record = logs.keeper.published("acme")
            assert record is not None
            asked.take(record)
            done = size
        client.close()
    assert witness.olds == [0, 1, 2, 3, 255, 256, 257]
    assert witness.seen[key.name].size == 600
