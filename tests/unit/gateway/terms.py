"""Terms and doubles that the tests of the gateway share."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from leastway.gateway import RunTerms, SessionAsk
from leastway.gateway.control import Connected
from leastway.ports import IssuedSession, SessionKeys
from leastway.primitives import Secret

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
LATER = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def terms(**changes: Any) -> RunTerms:
    found: dict[str, Any] = {
        "run": "run-1",
        "organization": "acme",
        "account": "dev",
        "partition": "aws",
        "aws_account": ACCOUNT,
        "regions": ("eu-central-1", "us-east-1"),
        "enforce": False,
    }
    return RunTerms(**(found | changes))


def issued(ask: SessionAsk) -> IssuedSession:
    name = (ask.role or "own").rpartition("/")[2]
    return IssuedSession(SessionKeys(f"ASIAREAL{name}", Secret(f"secret-of-{name}"), Secret(f"token-of-{name}")), LATER)


class HeardOrders:
    """`Told` that remembers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    def killed(self, reason: str) -> None:
        self.heard.append(("killed", reason))

    def asleep(self, reason: str) -> None:
        self.heard.append(("asleep", reason))

    def awake(self) -> None:
        self.heard.append(("awake", None))

    def phase(self, name: str) -> None:
        self.heard.append(("phase", name))

    def welcomed(self, terms: RunTerms) -> None:
        self.heard.append(("welcomed", terms))

    def connected(self) -> None:
        pass

    def adrift(self) -> None:
        self.heard.append(("adrift", None))

    def refused(self, reason: str) -> None:
        self.heard.append(("refused", reason))

    def lost_lease(self, reason: str) -> None:
        self.heard.append(("lost-lease", reason))

    def work(self, name: str, value: Any) -> None:
        self.heard.append((name, value))


class HeardWork:
    """`Work` that remembers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any, bytes]] = []

    def arrived(self, gateway: Connected) -> None:
        self.heard.append(("arrived", gateway.run, b""))

    def left(self, gateway: Connected) -> None:
        self.heard.append(("left", gateway.run, b""))

    def reported(self, name: str, value: Any, body: bytes) -> None:
        self.heard.append((name, value, body))
