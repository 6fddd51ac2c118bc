"""The sandbox's process, `python -m leastway.sandbox.process`. Only `leastway.sandbox.Sandbox` starts it.

The first line of standard input is a JSON object with `token`, the control token, and `folder`, where everything is
written; the rest of it is the lifeline. The first line of standard output is `{"port": ...}`, once the sandbox is
ready, or `{"error": ...}`. Nothing else is written to either.

The process ends with its parent, however the parent ends. It watches for two events: the end of standard input,
whose other end only the parent holds, and (on Linux) the end of the parent's pidfd, in case a process forked by the
parent inherited the other end of standard input. Neither needs any action of the parent, so SIGKILL is covered.
Programs that this process started (a real kube-apiserver and its etcd) are ended first, so that nothing writes into the
folder when it is deleted.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import resource
import select
import shutil
import socket
import sys
import threading
import time
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.http1 import HttpConnections
from leastway.sandbox.process import engine, speed
from leastway.sandbox.program import kill_programs

_FILES = 65536
_ATTEMPTS = 100
_INTERVAL = 0.02
"""Seconds; a killed program ends within a few of these."""


async def _serve(token: str, listening: socket.socket) -> None:
    from leastway.sandbox.gaps import close_all
    from leastway.sandbox.process.clusters import ClusterServers
    from leastway.sandbox.process.control import Controller
    from leastway.sandbox.process.gateway import Gateway
    from leastway.sandbox.process.state import SandboxState

    gateway = Gateway()
    clusters = ClusterServers(gateway)
    close_all(clusters)
    engine.close(speed.__name__)
    controller = Controller(token, gateway, clusters, SandboxState(clusters))
    server = await asyncio.get_running_loop().create_server(HttpConnections(controller), sock=listening)
    gc.freeze()  # loaded objects stay: fewer objects for garbage collections
    _tell({"port": listening.getsockname()[1]})
    await server.serve_forever()


def _allow_many_clusters() -> None:
    """Raise the limit of open files as far as possible: each described cluster listens on a port."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _end_with_parent(folder: str) -> None:
    """Watch the parent from a daemon thread; when it ends, end the programs, delete `folder` and exit at once."""
    watched = [0]
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):  # already ended, or a kernel without pidfds: standard input is enough
            watched.append(os.pidfd_open(os.getppid()))
    threading.Thread(target=_wait, args=(watched, folder), name="lifeline", daemon=True).start()


def _wait(watched: list[int], folder: str) -> None:
    while True:
        readable, _, _ = select.select(watched, [], [])
        if watched[0] not in readable or not os.read(watched[0], 1024):
            kill_programs()
            _remove(folder)
            os._exit(0)


def _remove(folder: str) -> None:
    """Delete the folder, retrying while a killed program still writes into it."""
    for _ in range(_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(_INTERVAL)


def _tell(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def main() -> None:
    """Serve until the parent ends."""
    gc.set_threshold(10_000)  # as `leastway.cli` does, which says why
    config = json.loads(sys.stdin.readline())
    _end_with_parent(config["folder"])
    _allow_many_clusters()
    listening = socket.create_server(("127.0.0.1", 0))
    try:
        engine.load(config["folder"], listening.getsockname()[1])
        speed.index_stores()
        asyncio.run(_serve(config["token"], listening))
    except LeastwayError as error:
        _tell({"error": str(error)})


if __name__ == "__main__":
    main()
