"""Run the sandbox: `python -m leastway.sandbox.process`, started by `leastway.sandbox.Sandbox` and by nobody else.

The first line of standard input is a JSON object with `token`, the control token, and `folder`, where everything is
written; the rest of it is the lifeline. The first line of standard output is `{"port": ...}`, once calls are
answered, or `{"error": ...}`. Nothing else is ever written to either.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import socket
import sys
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.http1 import Connection
from leastway.sandbox.process import engine
from leastway.sandbox.process.lifeline import end_with_parent
from leastway.sandbox.process.stores import index_stores

_FILES = 65536


async def _serve(token: str, listening: socket.socket) -> None:
    from leastway.sandbox.gaps import close_all
    from leastway.sandbox.process.clusters import Clusters
    from leastway.sandbox.process.control import Controller
    from leastway.sandbox.process.gateway import Gateway
    from leastway.sandbox.process.speed import remember
    from leastway.sandbox.process.state import State

    gateway = Gateway()
    clusters = Clusters(gateway)
    close_all(clusters)
    remember()
    controller = Controller(token, gateway, clusters, State(clusters))
    server = await asyncio.get_running_loop().create_server(lambda: Connection(controller), sock=listening)
    gc.freeze()  # what is loaded stays: collections have less to look at
    _tell({"port": listening.getsockname()[1]})
    await server.serve_forever()


def _allow_many_clusters() -> None:
    """Raise the limit of open files as far as it goes: each cluster that is described listens on a port."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _tell(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def main() -> None:
    """Serve until the parent is gone."""
    config = json.loads(sys.stdin.readline())
    end_with_parent(config["folder"])
    _allow_many_clusters()
    listening = socket.create_server(("127.0.0.1", 0))
    try:
        engine.load(config["folder"], listening.getsockname()[1])
        index_stores()
        asyncio.run(_serve(config["token"], listening))
    except LeastwayError as error:
        _tell({"error": str(error)})


if __name__ == "__main__":
    main()
