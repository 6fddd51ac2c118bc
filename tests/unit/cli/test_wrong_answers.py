"""Answers of another form than expected, after a right one to /current-user, are errors that say what was expected."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from leastway.cli import main
from leastway.errors import ExitCode

RUN = "0" * 8 + "-0000-0000-0000-" + "0" * 12
BODIES = (
    *("null", "[]", "{}", "5", '"x"', "[null]", "[5]", "[[]]", "[{}]", '{"id": "x"}', '[{"id": "x"}]'),
    *('{"id": 5, "warnings": []}', '[{"id": 5}]', '[{"id": "x", "created_at": 5}]', '[{"grant": [], "account": []}]'),
    '[{"number": 1, "at": "x", "phase": "", "text": "the same line again"}]',
)
COMMANDS = (
    "runs list",
    f"runs show {RUN} --calls",
    f"runs logs {RUN}",
    f"runs logs -f {RUN}",
    f"runs cancel {RUN}",
    f"runs approve {RUN}",
    "runs start shop/dev s3#b",
    "runs start shop/dev s3#b --follow",
    "deployments list shop/dev",
    "deployments show shop/dev",
    "deployments logs shop/dev",
    "deployments logs -f shop/dev",
    "deployments abort shop/dev",
    "deploy shop/dev --set x --yes",
    "deploy shop/dev --score score.yaml --yes",
    "rollback shop/dev --yes",
    "resolve shop/dev",
    "state list",
    "state show x",
    "state versions x",
    "state restore x --version 1 --reason because",
    "kill list",
    "kill on --whole-organization --reason because",
    "kill on --account x --reason because",
    "suggest x",
    "credentials x",
    "eks-token --cluster prod --region eu-central-1 --account x",
    "register --check",
    "register --yes",
)
GRANT = """\
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
platform: humanitec
accounts:
  - id: "111122223333"
    region: eu-central-1
    external_id: 4f1d7c93b8a2e6055e9c0b7d1a3f8264c7e5d9b1
    clusters: [{name: prod, access: [{policy: view, namespaces: [shop]}]}]
"""
SCORE = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: 'web:1'}}\n"


@dataclass
class Another:
    """A server that answers like leastway's to /current-user, and everything else with `body`."""

    url: str = ""
    body: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def another() -> Iterator[Another]:
    told = Another()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_user = self.path == "/current-user"
            told.asked += [] if is_user else [self.path]
            text = json.dumps({"roles": {"/orgs/acme": "owner"}}) if is_user else told.body
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the names of http.server

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}"
        yield told
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("words", COMMANDS)
def test_no_answer_is_an_internal_error(
    another: Another, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"URL": another.url, "TOKEN": "t", "STATE": str(tmp_path / "state")}.items():
        monkeypatch.setenv(f"LEASTWAY_{name}", value)
    Path("grant.yaml").write_text(GRANT)
    Path("score.yaml").write_text(SCORE)
    monkeypatch.setattr(sys, "argv", ["leastway", *words.split()])
    for body in BODIES:
        another.body = body
        another.asked.clear()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert another.asked, said.err
        assert "internal error" not in said.err, f"{body}: {said.err}"
        assert ended.value.code in set(ExitCode), f"{body}: {said.err}"
