"""The end of a server while supervisors work."""

from __future__ import annotations

import time
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from leastway.gateway import MemoryAuthority, StateAnswer
from leastway.gateway.control import ControlServer, DialedAuthority
from leastway.orchestrator.attempts import Attempts
from leastway.orchestrator.machinery import Machinery
from leastway.ports import CallerIdentity
from leastway.primitives import Secret
from tests.unit.gateway.terms import ACCOUNT, HeardOrders, HeardWork, issued, terms, until

TOKEN = Secret("a-token-of-the-run")


@dataclass
class Slow:
    """Attempts that take longer to let their runs go than a supervisor to dial again."""

    control: ControlServer

    def close(self) -> None:
        self.control.forget("run-1")
        time.sleep(0.5)


class Closed:
    def close(self) -> None:
        pass


def test_a_server_that_stops_refuses_no_supervisor(tmp_path: Path) -> None:
    control = ControlServer(tmp_path / "control" / "socket")
    caller = CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/dev", "AIDAEXAMPLE")
    authority = MemoryAuthority(issued, caller, lambda _request: StateAnswer(200, {}, b""))
    control.expect("run-1", TOKEN, terms, authority, HeardWork())
    orders, closed = HeardOrders(), cast("Any", Closed())
    dialed = DialedAuthority(control.path, "run-1", TOKEN, orders)
    dialed.start()
    until(lambda: control.connected("run-1") is not None and authority.renewals > 0)
    Machinery(closed, cast("Attempts", Slow(control)), control, closed, closed).close()
    until(lambda: ("adrift", None) in orders.heard)
    dialed.close()
    assert not [one for one in orders.heard if one[0] == "refused"], "it would end its command"


def test_systemd_ends_the_server_alone() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(Path(__file__).parents[3] / "docs" / "server" / "leastway.service")
    assert unit["Service"]["KillMode"] == "process", "others would end the supervisors, which outlive their server"
