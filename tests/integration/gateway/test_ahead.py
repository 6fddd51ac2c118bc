"""What is made ready while the audit entry of a call becomes durable, and that nothing is sent before it is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from leastway.aws.calls import Hosts
from leastway.gateway import AuthorityGoneError, CallEntry, Decision
from leastway.gateway.proxy import Endpoint, Outside
from tests.integration.gateway.sink import Sink, sink
from tests.integration.gateway.test_streaming import ROLE, connection, get
from tests.integration.gateway.world import Gateway, gateway
from tests.unit.gateway.terms import issued, until

pytestmark = pytest.mark.integration


@pytest.fixture
def s3() -> Iterator[Sink]:
    with sink() as found:
        yield found


@pytest.fixture
def run(s3: Sink, hosts: Hosts, tmp_path: Path) -> Iterator[Gateway]:
    with gateway(tmp_path, issue=issued, outside=s3.outside, hosts=hosts, role=ROLE) as found:
        yield found


@pytest.fixture
def committed(run: Gateway, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let entries wait for this."""
    event, begin = threading.Event(), run.authority.begin_entry

    def begin_entry(entry: CallEntry) -> Callable[[], None]:
        durable = begin(entry)

        def wait() -> None:
            assert event.wait(30)
            durable()

        return wait

    monkeypatch.setattr(run.authority, "begin_entry", begin_entry)
    return event


def test_the_connection_is_open_and_carries_nothing_before_the_entry_is_durable(
    run: Gateway, s3: Sink, committed: threading.Event
) -> None:
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(get, run, "key")
        until(lambda: s3.accepted == 1)
        assert not call.done()
        assert not s3.requests
        assert not run.authority.entries
        committed.set()
        assert call.result(30) == (200, b"abc")
    assert [each.line for each in s3.requests] == ["GET /key HTTP/1.1"]


def test_a_call_whose_entry_is_refused_is_not_sent_and_the_next_one_is(run: Gateway, s3: Sink) -> None:
    run.authority.refusals.append("the kill switch of the account is on")
    with closing(connection(run)) as client:
        status, body = get(run, "refused", client)
        assert status == 403
        assert b"the kill switch of the account is on" in body
        assert s3.accepted == 1
        assert not s3.requests
        assert not run.authority.outcomes
        assert get(run, "key", client) == (200, b"abc")
    assert [each.line for each in s3.requests] == ["GET /key HTTP/1.1"]


def test_a_call_is_not_sent_if_the_run_is_killed_while_its_entry_is_committed(
    run: Gateway, s3: Sink, committed: threading.Event
) -> None:
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(get, run, "key")
        until(lambda: s3.accepted == 1)
        run.switch.killed("the owner stopped it")
        committed.set()
        status, body = call.result(30)
    assert status == 403
    assert b"the owner stopped it" in body
    assert not s3.requests


def test_a_call_is_not_sent_if_the_server_is_lost_while_it_commits_the_entry(
    run: Gateway, s3: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> None:
        raise AuthorityGoneError("the control channel was closed before the answer")

    monkeypatch.setattr(run.authority, "begin_entry", lambda _entry: lost)
    status, body = get(run, "key")
    assert status == 503
    assert b"closed before the answer" in body
    assert s3.accepted == 1
    assert not s3.requests


def test_a_connection_that_ends_while_the_entry_is_committed_is_replaced(
    run: Gateway, s3: Sink, committed: threading.Event
) -> None:
    committed.set()
    assert get(run, "leaves-0.5") == (200, b"abc")
    committed.clear()
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(get, run, "key")
        time.sleep(1)
        assert s3.accepted == 1
        committed.set()
        assert call.result(30) == (200, b"abc")
    assert [each.connection for each in s3.requests] == [1, 2]


def test_a_run_that_falls_asleep_before_a_call_is_sent_says_so(
    run: Gateway, s3: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight = run.switch.in_flight

    def asleep(*connections: socket.socket) -> AbstractContextManager[None]:
        run.switch.asleep("its server is stopped")
        return in_flight(*connections)

    monkeypatch.setattr(run.switch, "in_flight", asleep)
    status, body = get(run, "key")
    assert status == 403
    assert b"its server is stopped" in body
    assert not s3.requests


def test_a_host_that_cannot_be_reached_is_told_after_the_entry(hosts: Hosts, tmp_path: Path) -> None:
    nowhere = Outside({"*": Endpoint("127.0.0.1", 9)})
    with gateway(tmp_path, issue=issued, outside=nowhere, hosts=hosts, role=ROLE) as run:
        status, body = get(run, "key")
        assert status == 503
        assert b"cannot be reached" in body
        assert [each.decision for each in run.authority.entries] == [Decision.ALLOWED]
        assert [(each.number, each.status) for each in run.authority.outcomes] == [(1, None)]
        run.authority.refusals.append("the kill switch of the account is on")
        status, body = get(run, "key")
        assert status == 403
        assert b"the kill switch of the account is on" in body
        assert len(run.authority.outcomes) == 1
