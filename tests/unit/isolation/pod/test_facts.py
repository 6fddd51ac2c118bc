"""A pod in which less holds than in a sandbox gets nothing of one, and one that lies about its end changes nothing."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Ended, Exit, Host, Limits, Sandbox, launch
from tests.pods_here import place_in
from tests.unit.isolation.pod.test_carrier import DATA, END, OPEN, WORD, frame
from tests.unit.isolation.pod.test_packing import END as PACKED_END
from tests.unit.isolation.pod.test_packing import FILE, LINK, entry

NONE = "0" * 16
Socket = socket.socket


def word(**value: Any) -> bytes:
    return frame(WORD, 0, json.dumps(value).encode())


@dataclass
class Lying:
    """A pod whose program says what it wants: its facts, and what follows the start."""

    facts: dict[str, Any]
    then: bytes = b""
    is_silent: bool = False
    deleted: list[str] = field(default_factory=list)
    got: bytes = b""
    user: int = 0
    address: tuple[str, int] = ("192.0.2.1", 443)
    socket: Socket = field(init=False)
    _thread: threading.Thread = field(init=False)

    def keep_policy(self, policy: Mapping[str, Any]) -> None: ...

    def create(self, pod: Mapping[str, Any]) -> None:
        self.user = pod["spec"]["securityContext"]["runAsUser"]

    def wait(self, name: str, within: float) -> None: ...

    def run(self, name: str, command: tuple[str, ...]) -> Lying:
        self.socket, mine = socket.socketpair()
        self._thread = threading.Thread(target=self._lie, args=(mine,), daemon=True)
        self._thread.start()
        return self

    def _lie(self, mine: Socket) -> None:
        with suppress(OSError, struct.error), mine, mine.makefile("rb") as stream:
            stream.read(int(stream.read(8)))
            facts = {"uid": self.user, "CapEff": NONE, "CapBnd": NONE, "reached": []} | self.facts
            mine.sendall(word(facts=facts))
            while True:
                kind, _, length = struct.unpack("!BII", stream.read(9))
                content = stream.read(length)
                if kind == WORD and b"stage" in content:
                    break
            mine.sendall(self.then)
            while self.is_silent and (got := stream.read(1)):
                self.got += got

    def why(self) -> str:
        return ""

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def why_ended(self, name: str) -> str:
        return ""

    def delete(self, name: str) -> None:
        self.deleted.append(name)

    def delete_ended(self, label: str) -> None: ...


def launched(folder: Path, pods: Lying, **limits: Any) -> tuple[Exit, list[str]]:
    host = Host.of_pods(place_in(folder)).connected(lambda _: pods)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    (work / "kept").write_text("as it was")
    lines: list[str] = []
    sandbox = Sandbox(command=("/bin/true",), folder=work, writable=(work,), ports=(80,), limits=Limits(**limits))
    with launch(sandbox, host, on_lines=lambda _, some: lines.extend(some)) as running:
        ended = running.wait(20)
        running.kill()  # too late, which changes nothing and leaves nothing
        return ended, lines


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"uid": 0}, "another user"),
        ({"CapEff": "000001ffffffffff"}, "has capabilities"),
        ({"CapBnd": "00000000a80425fb"}, "has capabilities"),
        ({"reached": ["10.96.0.1 port 443"]}, "reaches 10.96.0.1 port 443: the cluster does not enforce"),
        ({"reached": None}, "does not say"),
    ],
)
def test_a_pod_that_is_less_than_a_sandbox_is_refused_and_deleted(
    tmp_path: Path, facts: dict[str, Any], said: str
) -> None:
    pods = Lying(facts)
    with pytest.raises(LeastwayError, match=said):
        launched(tmp_path, pods)
    assert len(pods.deleted) == 1


def left(*entries: bytes) -> bytes:
    return frame(DATA, 3, b"".join(entries))


OVER = frame(END, 1) + frame(END, 2) + frame(END, 3) + word(code=0, begun=True)


def test_what_comes_back_takes_the_place_of_the_folder(tmp_path: Path) -> None:
    ended, _ = launched(tmp_path, Lying({}, left(entry(FILE, "made", b"new"), PACKED_END) + OVER))
    assert ended == Exit(0, Ended.BY_ITSELF)
    assert [one.name for one in (tmp_path / "work").iterdir()] == ["made"]
    assert [one.name for one in tmp_path.iterdir()] == ["work"]


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (left(entry(FILE, "../out", b"x"), PACKED_END) + OVER, "leads elsewhere"),
        (left(entry(LINK, "a", b".."), entry(FILE, "a/out", b"x"), PACKED_END) + OVER, "cannot be used"),
        (left(entry(FILE, "a", b"", size=1 << 40)) + OVER, "larger"),
        (left(entry(FILE, "a", b"", size=10)) + OVER, "ends in the middle|not all of it came"),
        (OVER, "not all of it came"),
        (frame(END, 3) + word(code=0, begun=True, problem="no space left"), "no space left"),
    ],
)
def test_what_is_no_honest_folder_is_refused_and_nothing_changes(tmp_path: Path, then: bytes, said: str) -> None:
    pods = Lying({}, then)
    with pytest.raises(LeastwayError, match=said):
        launched(tmp_path, pods, disk=1 << 20)
    assert (tmp_path / "work/kept").read_text() == "as it was"
    assert [one.name for one in tmp_path.iterdir()] == ["work"]
    assert len(pods.deleted) == 1


@pytest.mark.parametrize(
    "then",
    [
        b"",
        b"no frame at all",
        left(entry(FILE, "a", b"x")),
        frame(DATA, 1, b"x" * 32768) * 20,
        frame(OPEN, 100, (81).to_bytes(2, "big")),
        word(code="0", begun=True),
        word(code=0),
        word(facts={}),
    ],
)
def test_a_pod_that_ends_without_a_word_ends_the_sandbox(tmp_path: Path, then: bytes) -> None:
    ended, lines = launched(tmp_path, Lying({}, then))
    assert ended == Exit(137, Ended.LOST)
    assert "the sandbox ended with its pod" in lines[-1]
    assert (tmp_path / "work/kept").read_text() == "as it was"


def test_a_pod_that_never_ends_is_ended_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastway.isolation.pod.running._GIVES_BACK_WITHIN", 0.2)
    pods = Lying({}, is_silent=True)
    assert launched(tmp_path, pods, seconds=0.2)[0] == Exit(137, Ended.TIME)
    assert b'"order": "kill"' in pods.got


def test_descriptors_and_threads_of_ended_pods_are_gone(tmp_path: Path) -> None:
    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    def once() -> None:
        launched(tmp_path, Lying({}, left(PACKED_END) + OVER))

    once()
    before = held()
    for _ in range(3):
        once()
    assert _until(lambda: held() <= before)


def _until(holds: Callable[[], bool]) -> bool:
    for _ in range(400):
        if holds():
            return True
        threading.Event().wait(0.05)
    return False
