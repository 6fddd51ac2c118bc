"""The agent of a rehearsal: `leastway agent` in a process of its own, beside one cluster.

The process ends with the block that started it, and with the rehearsal however that ends: it reads the end of its
standard input.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.primitives import Secret

__all__ = ["agent_beside"]

_GRACE = 5.0
"""Seconds that the process has to end; it needs milliseconds."""
_KEPT_OUT = ("AWS_", "LEASTWAY_", "KUBERNETES_")


@contextmanager
def agent_beside(
    target: str, server: str, organization: str, agent: str, key: Secret
) -> Iterator[Callable[[], str | None]]:
    """Run an agent that reaches `target` (host:port) alone; see `leastway.ports.RehearsedAgent`."""
    with tempfile.TemporaryDirectory(prefix="leastway-agent-") as folder:
        private, log = Path(folder, "agent.pem"), Path(folder, "log")
        private.touch(mode=0o600)
        private.write_text(key.reveal())
        with log.open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-P", "-m", __name__, server, organization, agent, str(private), target],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                cwd=folder,
                env=_environment(),
                start_new_session=True,  # an interrupt from the terminal is handled here
            )

        def trouble() -> str | None:
            if process.poll() is None:
                return None
            return log.read_text(errors="replace").strip().rpartition("\n")[2] or f"it ended with {process.returncode}"

        try:
            yield trouble
        finally:
            _end(process)


def _environment() -> dict[str, str]:
    """Return the environment without credentials, and without proxies: the server is on loopback."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_KEPT_OUT) and not name.lower().endswith("_proxy")
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None  # noqa: S101  # it is a pipe
    process.stdin.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(arguments: Sequence[str]) -> int:
    """Be the agent until standard input ends."""
    server, organization, agent, key, target = arguments

    def follow() -> None:
        os.read(0, 1)  # not by sys.stdin, whose lock would keep the interpreter from ending
        os.kill(os.getpid(), signal.SIGTERM)

    from leastway.app.agent import run_agent  # it needs an extra that a rehearsal without a server does not

    threading.Thread(target=follow, daemon=True).start()
    try:
        run_agent(
            servers=[server],
            organization=organization,
            agent=agent,
            key=Path(key),
            targets=[target],
            authorities=None,
            tell=_tell,
        )
    except LeastwayError as error:
        _tell(str(error))
        return 1
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
