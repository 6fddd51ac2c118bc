"""The end of a stream to a pod: several threads may ask for it at once, and it comes whatever fails."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.isolation.pod.carrier import Carrier
from leastway.isolation.pod.session import PodSession


class Silent:
    """The stream to a pod that says nothing."""

    def __init__(self) -> None:
        self.socket, self._other = socket.socketpair()

    def why(self) -> str:
        return ""

    def close(self) -> None:
        self.socket.close()
        self._other.close()


def test_a_session_ends_whatever_ends_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def turn(_self: Carrier) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(Carrier, "_turn", turn)
    session, heard = PodSession(Silent()), threading.Event()
    with pytest.raises(LeastwayError, match="internal error: RuntimeError"):
        session.asked({}, 20)
    assert session.ended.wait(20)
    session.hear(lambda _word: None, heard.set)
    assert heard.wait(20)
    session.close()


def test_a_session_that_two_threads_close_at_once_is_closed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    remove, both = shutil.rmtree, threading.Barrier(2)

    def slowly(*given: Any, **named: Any) -> None:
        time.sleep(0.2)  # the other thread comes meanwhile
        remove(*given, **named)

    def close() -> None:
        both.wait()
        session.close()

    monkeypatch.setattr(shutil, "rmtree", slowly)
    session = PodSession(Silent())
    with ThreadPoolExecutor(2) as threads:
        for each in [threads.submit(close) for _ in range(2)]:
            each.result(30)
