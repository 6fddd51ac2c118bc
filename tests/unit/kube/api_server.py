"""An API server that answers from a script, over TLS on the loopback interface."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from leastway.sandbox.kube.listener import ClusterAuthority

Answer = tuple[int, Any]


class ApiServer:
    """Gives each request the next answer, repeating the last one; `asked` are (method, path, headers, body)."""

    def __init__(self, *answers: Answer, tls: bool = True, name: str = "127.0.0.1") -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.connections = 0
        self.withheld = 0
        """How many bytes of the next answer are announced but not sent."""
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                script.connections += 1
                super().setup()

            def do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                script.asked.append((self.command, self.path, dict(self.headers), json.loads(body) if body else None))
                status, answer = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
                if status == 0:
                    self.close_connection = True
                    return
                text = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text) + script.withheld))
                if 300 <= status <= 399:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(text)
                if script.withheld:
                    script.withheld = 0
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do  # noqa: N815 - names required by the base class

            def log_message(self, *_: Any) -> None: ...

        self.authority = ClusterAuthority()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        if tls:
            context = self.authority.server_context(name)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    @property
    def ca(self) -> str:
        return base64.b64encode(self.authority.pem).decode()

    @contextmanager
    def serving(self) -> Iterator["ApiServer"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
