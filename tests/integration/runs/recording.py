"""A relay in front of the embedded AWS that keeps the requests of gateways as they stood on the wire."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from leastway.aws.calls import WireRequest

__all__ = ["Recorder", "recorder"]

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding"})


@dataclass
class Recorder:
    """What was sent to AWS's own hosts, in order. The server itself names the relay as the host of its requests."""

    url: str = ""
    requests: list[WireRequest] = field(default_factory=list)


@contextmanager
def recorder(endpoint: str) -> Iterator[Recorder]:
    """Relay to `endpoint`, which is the URL of the embedded AWS."""
    found, to = Recorder(), urlsplit(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer is two writes, and the second would wait for an acknowledgement

        def answer(self) -> None:
            body = _body(self)
            headers = tuple((name.lower(), value.strip()) for name, value in self.headers.items())
            host = self.headers["host"]
            path, _, query = self.path.partition("?")
            if host.endswith(".amazonaws.com"):
                sent = tuple(each for each in headers if each[0] not in _HOP_BY_HOP)
                found.requests.append(WireRequest(self.command, host, 443, path, query, sent, body))
            connection = http.client.HTTPConnection(to.hostname or "", to.port or 0, timeout=60)
            try:
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in headers:
                    if name not in (*_HOP_BY_HOP, "content-length", "expect"):
                        connection.putheader(name, value)
                connection.putheader("content-length", str(len(body)))
                connection.endheaders(body)
                response = connection.getresponse()
                content = response.read()
            finally:
                connection.close()
            self.send_response_only(response.status, response.reason)
            for name, value in response.getheaders():
                if name.lower() not in (*_HOP_BY_HOP, "content-length"):
                    self.send_header(name, value)
            length = response.getheader("content-length") if self.command == "HEAD" else None
            if response.status not in (204, 304):
                self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  # names of http.server

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers.get("transfer-encoding") != "chunked":
        return request.rfile.read(int(request.headers.get("content-length", 0)))
    found = b""
    while size := int(request.rfile.readline().partition(b";")[0], 16):
        found += request.rfile.read(size)
        request.rfile.readline()
    while request.rfile.readline().strip():
        pass
    return found
