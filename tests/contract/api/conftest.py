"""A running server for the tests of each file, on every database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from leastway.cli import main
from tests.databases import new_postgresql
from tests.running_server import RunningServer, running_server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data = tmp_path_factory.mktemp("server") / "data"
    if request.param == "sqlite":
        with running_server(data) as server:
            yield server
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
