"""A witness of logs for tests, which judges as c2sp.org/tlog-witness demands, over HTTP on loopback."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from leastway.tlog import (
    Checkpoint,
    NoteError,
    SignatureType,
    Signer,
    VerifierKey,
    is_consistent,
    read_checkpoint,
    read_note,
)

Judge = Callable[[Checkpoint, Checkpoint, tuple[bytes, ...]], bool]
"""Whether the second checkpoint goes on from the first, by these hashes."""


def _consistent(old: Checkpoint, new: Checkpoint, proof: tuple[bytes, ...]) -> bool:
    return is_consistent(old.size, old.root, new.size, new.root, proof)


@dataclass
class ScriptedWitness:
    """What the witness knows; `status` is answered to every request instead, if it is set."""

    keys: dict[str, VerifierKey] = field(default_factory=dict)
    signer: Signer = field(default_factory=lambda: Signer("witness.example", bytes(32), SignatureType.WITNESS))
    judge: Judge = _consistent
    seen: dict[str, Checkpoint] = field(default_factory=dict)
    status: int | None = None
    body: bytes = b""
    olds: list[int] = field(default_factory=list)
    url: str = ""

    def add_checkpoint(self, body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer."""
        if self.status is not None:
            return self.status, self.body
        above, _, text = body.decode().partition("\n\n")
        first, *lines = above.split("\n")
        old, proof = int(first.removeprefix("old ")), tuple(base64.b64decode(line, validate=True) for line in lines)
        self.olds.append(old)
        if first != f"old {old}" or len(proof) > 63 or not text:
            return 400, b""
        key = self.keys.get(text.partition("\n")[0])
        if key is None:
            return 404, b""
        try:
            checkpoint = read_checkpoint(text.encode(), key).checkpoint
        except NoteError:
            return 403, b""
        if old > checkpoint.size:
            return 400, b""
        last = self.seen.get(checkpoint.origin)
        if old != (0 if last is None else last.size):
            return 409, f"{0 if last is None else last.size}\n".encode()
        if last is not None and last.size == checkpoint.size and last.root != checkpoint.root:
            return 409, b""
        if last is None and proof:
            return 422, b""
        if last is not None and not self.judge(last, checkpoint, proof):
            return 422, b""
        self.seen[checkpoint.origin] = checkpoint
        return 200, f"{self.signer.sign(read_note(text.encode()).text, at=datetime.now(UTC))}\n".encode()


@contextmanager
def running_witness(witness: ScriptedWitness) -> Iterator[ScriptedWitness]:
    """Run the witness at its `url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_known = self.path == "/witness/add-checkpoint"
            status, answer = witness.add_checkpoint(body) if is_known else (404, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if status == 409 and answer:
                self.send_header("Content-Type", "text/x.tlog.size")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        witness.url = f"http://127.0.0.1:{server.server_port}/witness"
        try:
            yield witness
        finally:
            server.shutdown()
            thread.join()
