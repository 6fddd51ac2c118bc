"""Two server processes on one database: each knows where an agent is, and cuts a key that the other one revokes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leastway.api import Listening, Running, run
from leastway.service import ServerSettings, open_server
from leastway.tunnel import NoAgentError
from tests.databases import new_postgresql
from tests.integration.tunnel.world import (
    Target,
    agent_thread,
    connected,
    delete_key,
    key_file,
    proxy_url,
    register,
    through,
    until,
)
from tests.running_server import RunningServer, running_server

pytestmark = pytest.mark.integration


def test_each_process_knows_where_the_agent_is_and_cuts_a_revoked_key(
    tmp_path: Path, keys: Path, echo_target: Target
) -> None:
    key = str(tmp_path / "first" / "wrapping-key")
    with new_postgresql() as database, running_server(tmp_path / "first", database) as first:
        (tmp_path / "second").mkdir(mode=0o700)
        (tmp_path / "second" / "wrapping-key").write_bytes(Path(key).read_bytes())
        (tmp_path / "second" / "wrapping-key").chmod(0o600)
        with _second(tmp_path / "second", database, first) as second:
            register(first, "prod", 1)
            targets = [f"api.example:443=127.0.0.1:{echo_target.port}"]
            with agent_thread(first.url, key_file(keys, 1), targets):
                until(lambda: connected(first.server) == 1)
                path = "/orgs/acme/agents/prod/connections"
                until(lambda: [one["is_connected"] for one in second.request("GET", path).json()] == [True])
                with pytest.raises(NoAgentError, match=first.server.tunnels.process), proxy_url(second.server):
                    pass
                with proxy_url(first.server) as url:
                    connection, _ = through(url, "api.example:443")
                    delete_key(second, "prod", 1)
                    connection.settimeout(5)
                    with connection, pytest.raises(ConnectionResetError):
                        connection.recv(1)


@contextmanager
def _second(data: Path, database: str, first: RunningServer) -> Iterator[RunningServer]:
    """A second process, asked with the token of the first one's owner."""
    started, found = threading.Event(), list[Running]()

    def ready(running: Running) -> None:
        found.append(running)
        started.set()

    with open_server(ServerSettings(data, database, organization="acme"), lambda _: None) as server:
        thread = threading.Thread(target=run, args=(server, Listening("127.0.0.1", 0), ready))
        thread.start()
        try:
            assert started.wait(30)
            yield RunningServer(server, found[0].url, first.owner)
        finally:
            for one in found:
                one.stop()
            thread.join(40)
