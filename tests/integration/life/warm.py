"""Programs in Python that are forked from a process that has loaded them, instead of started.

`leastway` and `aws` need most of a second of a processor to import their modules, and the tests of exports run hundreds
of them. A `Warm` imports what a console script imports, once, and puts a small program of the script's name into a
folder: that passes its arguments, environment, working folder and standard streams on, and exits with the exit code.
Each run has a process of its own, forked, in which the console script itself runs.

Run by the interpreter of the script, this file is the server. So it uses the standard library only.
"""

from __future__ import annotations

import ast
import atexit
import gc
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

_LENGTH = 8
_PROGRAM = """\
#!{interpreter} -IS
import os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({path!r})
    request = repr((sys.argv, os.getcwd(), dict(os.environb))).encode()
    socket.send_fds(server, [len(request).to_bytes({length}, "big")], [0, 1, 2])
    server.sendall(request)
    code = server.recv(1)
os._exit(code[0] if code else 137)  # without a code, it was killed
"""


class Warm:
    """A server for one console script, until `close`; `program` is what to run instead of the script.

    Before it serves, it imports `modules` and runs the script once with each of `first`, in the environment `given`.
    """

    def __init__(
        self,
        script: Path,
        *,
        modules: Sequence[str] = (),
        first: Sequence[Sequence[str]] = (),
        given: dict[str, str] | None = None,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="warm-"))
        path = self._folder / "socket"
        self.program = self._folder / "bin" / script.name
        self.program.parent.mkdir()
        self.program.write_text(_PROGRAM.format(interpreter=sys.executable, path=str(path), length=_LENGTH))
        self.program.chmod(0o755)
        self._process = subprocess.Popen(
            [interpreter_of(script), __file__, str(path), str(script), repr(tuple(modules)), repr(tuple(first))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(given or {})},
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.read()  # to its end: it closes standard output once it listens
        if ready != b"ready\n":
            self.close()
            raise RuntimeError(f"{script} cannot be loaded")

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()
        shutil.rmtree(self._folder)


def interpreter_of(script: Path) -> str:
    """Return the Python of a console script, or an empty string if it is another kind of program."""
    with script.open("rb") as opened:
        line = opened.readline(200)
    interpreter = line.removeprefix(b"#!").strip().decode(errors="replace")
    return (
        interpreter
        if line.startswith(b"#!") and "python" in Path(interpreter).name and Path(interpreter).is_file()
        else ""
    )


def serve(path: str, script: str, modules: Sequence[str], first: Sequence[Sequence[str]]) -> None:
    """Fork for each connection until standard input ends."""
    lifeline = os.dup(0)
    before = dict(os.environb)
    gc.set_threshold(10_000)  # as `leastway` itself does
    for module in modules:
        __import__(module)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        for arguments in first:
            run(script, [script, *arguments])
    added = {name: value for name, value in os.environb.items() if name not in before}  # by the modules of aws
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        os.write(1, b"ready\n")
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        while lifeline not in select.select([listening.fileno(), lifeline], [], [])[0]:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                os.close(lifeline)
                answer(connection, script, added)
            connection.close()


def answer(connection: socket.socket, script: str, added: dict[bytes, bytes]) -> None:
    """Run the script as the client asks, tell it the exit code, and exit."""
    length, streams, _, _ = socket.recv_fds(connection, _LENGTH, 3)
    request = b""
    while len(request) < int.from_bytes(length, "big"):
        request += connection.recv(65536)
    arguments, folder, environment = ast.literal_eval(request.decode())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environb.clear()
    os.environb.update(added | environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code = run(script, arguments)
    threading._shutdown()  # type: ignore[attr-defined]  # as the interpreter does at its end
    atexit._run_exitfuncs()
    for written in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            written.flush()
    connection.sendall(bytes([code & 0xFF]))
    os._exit(code)


def run(script: str, arguments: Sequence[str]) -> int:
    """Run a console script in this process; return its exit code."""
    sys.argv[:] = arguments
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except BaseException:  # noqa: BLE001  # the server goes on
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.path[0] = str(Path(sys.argv[2]).parent)
    serve(sys.argv[1], sys.argv[2], ast.literal_eval(sys.argv[3]), ast.literal_eval(sys.argv[4]))
