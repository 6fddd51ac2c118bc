"""Hosts of Git repositories on loopback: https with a certificate of a test's own authority, and a real sshd."""

from __future__ import annotations

import base64
import getpass
import io
import os
import shutil
import socket
import ssl
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

HOST = "git.example.org"
USER, PASSWORD = "reader", "correct-horse"
BACKEND = Path("/usr/lib/git-core/git-http-backend")
SSHD = Path("/usr/sbin/sshd")


def git(folder: Path, *arguments: str) -> str:
    """Run git as the author of a repository."""
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
    who |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_GLOBAL": "/dev/null", **who}
    ran = subprocess.run(["git", "-C", folder, *arguments], env=environment, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def repository(folder: Path) -> Path:
    """Make a repository with one commit on `main` that a module's files are in, and a tag for it."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "main.tf").write_text('output "of" {\n  value = "one"\n}\n')
    (folder / "modules" / "net").mkdir(parents=True)
    (folder / "modules" / "net" / "main.tf").write_text('output "of" {\n  value = "net"\n}\n')
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link.tf").symlink_to("modules/net/main.tf")
    commit(folder, "one")
    git(folder, "tag", "--annotate", "--message=one", "v1")
    return folder


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}")
    return git(folder, "rev-parse", "HEAD")


def tar(**files: str) -> bytes:
    """Return a .tar.gz whose files have these names, with `/` for `__`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "/") + ".tf")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


@dataclass
class HttpsHost:
    """Serves the repositories in a folder, and `answers` by their path. What it was asked is in `asked`."""

    port: int
    authorities: str
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"https://{HOST}:{self.port}/{path}"


@contextmanager
def https_host(folder: Path, *names: str, is_private: bool = False) -> Iterator[HttpsHost]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, *names).configure_cert(context)
    serving = HttpsHost(0, authority.cert_pem.bytes().decode())
    wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(body)

        def _answer(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            serving.asked.append((self.path, self.headers.get("Authorization")))
            if path in serving.answers:
                self._send(*serving.answers[path])
            elif path.startswith("/moved/"):
                self._send(
                    302, {"Location": f"https://{HOST}:{serving.port}/{path.removeprefix('/moved/')}?{query}"}, b""
                )
            elif is_private and self.headers.get("Authorization") != wanted:
                self._send(401, {"WWW-Authenticate": 'Basic realm="test"'}, b"")
            else:
                self._backend(path, query, body)

        def _backend(self, path: str, query: str, body: bytes) -> None:
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            ran = subprocess.run([BACKEND], env=environment, input=body, capture_output=True, check=False)
            head, _, content = ran.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            status = int(headers.pop("Status", "200").split()[0])
            self._send(status, headers, content)

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that refuses the certificate

        def get_request(self) -> tuple[socket.socket, object]:
            accepted, address = self.socket.accept()
            return context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False), address

    with Server(("127.0.0.1", 0), Handler) as server:
        serving.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield serving
        finally:
            server.shutdown()
            thread.join()


@dataclass
class SshHost:
    """An sshd for the test's own user. `key` opens it."""

    port: int
    key: str
    host_key: str
    folder: Path

    def url(self, path: str) -> str:
        return f"ssh://{getpass.getuser()}@{HOST}:{self.port}/{path}"


def new_key(path: Path, *, passphrase: str = "") -> str:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", path]
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL)
    return path.read_text()


@contextmanager
def ssh_host(folder: Path) -> Iterator[SshHost]:
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    key = new_key(folder / "key")
    new_key(folder / "host")
    shutil.copy(folder / "key.pub", folder / "authorized_keys")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nAcceptEnv GIT_PROTOCOL\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    log = (folder / "log").open("wb")
    with log, subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stderr=log) as server:
        try:
            ends = time.monotonic() + 20
            while time.monotonic() < ends:
                with socket.socket() as trying:
                    if trying.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            yield SshHost(port, key, (folder / "host.pub").read_text().strip(), folder)
        finally:
            server.terminate()
