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
import sys
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.process import engine
from leastway.sandbox.process.http1 import Connection
from leastway.sandbox.process.lifeline import end_with_parent


async def _serve(token: str) -> None:
    from leastway.sandbox.gaps import close_all
    from leastway.sandbox.process.clusters import Clusters
    from leastway.sandbox.process.control import Controller
    from leastway.sandbox.process.gateway import Gateway
    from leastway.sandbox.process.state import State

    gateway = Gateway()
    clusters = Clusters(gateway)
    close_all(clusters)
    controller = Controller(token, gateway, clusters, State(clusters))
    server = await asyncio.get_running_loop().create_server(lambda: Connection(controller), "127.0.0.1", 0)
    gc.freeze()  # what is loaded stays: collections have less to look at
    _tell({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


def _tell(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def main() -> None:
    """Serve until the parent is gone."""
    config = json.loads(sys.stdin.readline())
    end_with_parent(config["folder"])
    try:
        engine.load(config["folder"])
        asyncio.run(_serve(config["token"]))
    except LeastwayError as error:
        _tell({"error": str(error)})


if __name__ == "__main__":
    main()
