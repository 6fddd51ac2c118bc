"""A proxy, on loopback by default, that opens tunnels, for those who know its user and password if it has them."""

import base64
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["ConnectProxy", "connect_proxy"]


class ConnectProxy:
    """What was seen: `tunnels` are the targets that were let through."""

    def __init__(self, user: str = "", address: str = "127.0.0.1") -> None:
        self.tunnels: list[str] = []
        proxy, wanted = self, f"Basic {base64.b64encode(user.encode()).decode()}" if user else None

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                if wanted and self.headers.get("Proxy-Authorization") != wanted:
                    self.send_error(407)
                    return
                proxy.tunnels.append(self.path)
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port)), timeout=10) as upstream:
                    self.send_response(200)
                    self.end_headers()
                    self._pump(upstream)

            def _pump(self, upstream: socket.socket) -> None:
                ends = {self.connection: upstream, upstream: self.connection}
                while True:
                    for source in select.select(list(ends), [], [], 10)[0] or [None]:
                        data = source.recv(65536) if source else b""
                        if not data:
                            return
                        ends[source].sendall(data)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self.place = f"{address}:{self._server.server_address[1]}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def connect_proxy(user: str = "", address: str = "127.0.0.1") -> Iterator[ConnectProxy]:
    proxy = ConnectProxy(user, address)
    thread = threading.Thread(target=proxy.serve)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join()
