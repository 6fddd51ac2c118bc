"""The wire form: what was written is read back, and nothing else is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leastway.gateway import CredentialsMode, RunTerms, SessionAsk, StateAnswer
from leastway.gateway.control import from_wire, to_wire
from leastway.gateway.control.wire import WireError
from leastway.gateway.proxy import Endpoint, Outside
from leastway.gateway.supervisor import Command, SupervisorStart
from leastway.isolation import Host, HostUser, Sandbox
from leastway.ports import IssuedSession
from leastway.primitives import Secret
from tests.unit.gateway.terms import LATER, ROLE, issued, terms

SANDBOX = Sandbox(
    command=("/bin/true",),
    folder=Path("/usr/share"),
    environment={"A": Secret("hidden")},
    files={"/tmp/x/y": b"\0\xff"},
    ports=(1, 2),
)
VALUES = [
    terms(role=ROLE, mode=CredentialsMode.INJECTED, asleep="x", contract="{}"),
    SessionAsk(ROLE, "eu-central-1", tags=(("a", "b"),), via=SessionAsk(None, "us-east-1")),
    issued(SessionAsk(ROLE, "eu-central-1")),
    StateAnswer(200, {"a": "b"}, b"\0"),
    SupervisorStart(
        Path("/a/b"),
        "run",
        Secret("token"),
        Host(bubblewrap=Path("/usr/bin/bwrap"), user=HostUser(1, 2)),
        Outside({"*": Endpoint("127.0.0.1", 1, None)}, ("10.0.0.0/8",)),
    ),
    Command(name="plan", phase="plan", sandbox=SANDBOX, credential_environment={"A": "AccessKeyId"}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_was_written_is_read_back(value: Any) -> None:
    assert from_wire(type(value), json.loads(json.dumps(to_wire(value)))) == value


@pytest.mark.parametrize(
    "change",
    [{"unknown": 1}, {"run": 1}, {"regions": "eu-central-1"}, {"mode": "other"}, {"enforce": "yes"}, {"enforce": 1}],
)
def test_another_field_or_type_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WireError, match="not a valid RunTerms"):
        from_wire(RunTerms, to_wire(terms()) | change)


@pytest.mark.parametrize("value", [None, [], "text", {}, {"run": "x"}])
def test_something_else_is_refused(value: Any) -> None:
    with pytest.raises(WireError):
        from_wire(RunTerms, value)


def test_the_error_repeats_nothing() -> None:
    written = to_wire(issued(SessionAsk(ROLE, "eu-central-1"))) | {"expires_at": "never"}
    with pytest.raises(WireError) as caught:
        from_wire(IssuedSession, written)
    assert "secret-of" not in str(caught.value)
    assert LATER.isoformat() not in str(caught.value)
