"""A running server for the tests of each file, on every database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from leastway.audit import read_entry
from leastway.cli import main
from leastway.store.platform_schema import audit_entries
from tests.databases import new_postgresql
from tests.running_server import RunningServer, running_server

Answered = set[tuple[str, str, int]]
"""Method, path and status of the requests that a server answered."""


@contextmanager
def answers() -> Iterator[Answered]:
    """Give what the server answers, from its lines about requests."""
    answered: Answered = set()

    class Taking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said = record.__dict__
            if record.getMessage() == "request":
                answered.add((said["method"], said["path"], said["status"]))

    log, taking = logging.getLogger("leastway.api"), Taking()
    level = log.level
    log.addHandler(taking)
    log.setLevel(logging.INFO)
    try:
        yield answered
    finally:
        log.setLevel(level)
        log.removeHandler(taking)


def check_statuses(running: RunningServer, answered: Answered) -> None:
    """Compare the status in each audit entry with that of the answer to the entry's request."""
    with running.server.store.reading() as transaction:
        rows = transaction._connection.execute(select(audit_entries.c.entry))
        entered = [read_entry(row.entry) for row in rows]
    of_requests = [(one.action, one.request) for one in entered if one.request is not None]
    assert [
        (action, request)
        for action, request in of_requests
        if (request.method, request.path, request.status) not in answered
        and not action.startswith("test.")  # of a test, without a request
        and "sha256:" not in request.path
    ] == []


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data = tmp_path_factory.mktemp("server") / "data"
    if request.param == "sqlite":
        with running_server(data) as server, answers() as answered:
            yield server
            check_statuses(server, answered)
        return
    prepared = request.getfixturevalue("prepared_postgresql")
    with new_postgresql(prepared) as url, running_server(data, url) as server:
        yield server


@pytest.fixture
def leastway(
    running: RunningServer, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Call the command line as the server's owner; return the exit code and both outputs."""
    monkeypatch.setenv("LEASTWAY_URL", running.url)
    monkeypatch.setenv("LEASTWAY_TOKEN", running.owner.reveal())

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["leastway", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsysbinary.readouterr()
        return int(ended.value.code or 0), output.out.decode(), output.err.decode()

    return call
