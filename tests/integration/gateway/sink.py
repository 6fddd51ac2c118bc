"""An S3 of our own over TLS, which behaves as the key of the object says: what no well-behaved AWS does on demand."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

import trustme

from leastway.gateway.proxy import Endpoint, Outside

PIECE = bytes(range(256)) * 256


@dataclass
class Received:
    """One request, as it arrived."""

    line: str
    headers: dict[str, str]
    size: int = 0
    digest: str = ""
    connection: int = 0


@dataclass
class Sink:
    port: int
    ca: str
    requests: list[Received] = field(default_factory=list)
    accepted: int = 0
    sent: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def outside(self) -> Outside:
        return Outside({"*": Endpoint("127.0.0.1", self.port, self.ca)})

    def serve(self, connection: ssl.SSLSocket, number: int) -> None:
        with closing(connection), suppress(OSError):
            file = connection.makefile("rb")
            while self._request(connection, file, number):
                pass
            file.close()

    def _request(self, connection: ssl.SSLSocket, file: object, number: int) -> bool:
        line = file.readline().decode().strip()  # type: ignore[attr-defined]
        if not line:
            return False
        headers: dict[str, str] = {}
        while text := file.readline().decode().strip():  # type: ignore[attr-defined]
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        received = Received(line, headers, connection=number)
        self.requests.append(received)
        method, target, _ = line.split(" ")
        key = target.partition("?")[0].strip("/")
        if key.startswith("early"):
            body = b"<Error><Code>EntityTooLarge</Code><Message>no</Message></Error>"
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            connection.settimeout(0.5)
            file.read(1 << 20)  # type: ignore[attr-defined]
            return False
        if key == "closes":
            return False
        if headers.get("expect") and key != "silent":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._read(file, received)
        return self._answer(connection, method, key)

    def _read(self, file: object, received: Received) -> None:
        digest = hashlib.sha256()

        def take(length: int) -> None:
            while length:
                piece = file.read(min(length, 65536))  # type: ignore[attr-defined]
                if not piece:
                    raise OSError
                digest.update(piece)
                received.size += len(piece)
                length -= len(piece)

        if received.headers.get("transfer-encoding") == "chunked":
            while size := int(file.readline(), 16):  # type: ignore[attr-defined]
                take(size)
                file.readline()  # type: ignore[attr-defined]
            file.readline()  # type: ignore[attr-defined]
        else:
            take(int(received.headers.get("content-length", "0")))
        received.digest = digest.hexdigest()

    def _answer(self, connection: ssl.SSLSocket, method: str, key: str) -> bool:
        word, _, number = key.partition("-")
        if word == "big":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: x\r\n\r\n" % int(number))
            for _ in range(int(number) // len(PIECE)):
                connection.sendall(PIECE)
                self.sent += len(PIECE)
            return True
        if word == "endless":
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                connection.sendall(b"%x\r\n" % len(PIECE) + PIECE + b"\r\n")
                self.sent += len(PIECE)
                time.sleep(0.01)
        if word == "chunked":
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            return True
        if word == "dies":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + PIECE)
            return False
        if word == "cut":  # an answer without a length, whose end is that of its connection
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nabc")
            return False
        if word == "ends":
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nabc")
            connection.unwrap()
            return False
        if word == "status":
            connection.sendall(f"HTTP/1.1 {number} Status\r\nx-amz-request-id: r\r\n\r\n".encode())
            return True
        if word == "slow":
            time.sleep(float(number))
        length = 3 if method != "PUT" else 0
        body = b"abc" if method == "GET" else b""
        connection.sendall(b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: %d\r\n\r\n" % length + body)
        if word == "leaves":
            time.sleep(float(number))
        return word != "leaves"


@contextmanager
def sink() -> Iterator[Sink]:
    authority = trustme.CA()
    certificate = authority.issue_cert(
        "*.s3.eu-central-1.amazonaws.com",
        "s3.eu-central-1.amazonaws.com",
        "*.s3express-euc1-az1.eu-central-1.amazonaws.com",
        "127.0.0.1",
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    found = Sink(listener.getsockname()[1], authority.cert_pem.bytes().decode())

    def accept() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            found.accepted += 1
            thread = threading.Thread(target=shake, args=(raw, found.accepted), daemon=True)
            thread.start()
            found._threads.append(thread)

    def shake(raw: socket.socket, number: int) -> None:
        with closing(raw):
            raw.settimeout(60)
            try:
                connection = context.wrap_socket(raw, server_side=True)
            except OSError:
                return
            found.serve(connection, number)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield found
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listener.close()
        for thread in found._threads:
            thread.join(10)
