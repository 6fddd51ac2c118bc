"""Humanitec's API for accounts, definitions and criteria, in memory behind HTTP. It shows no secret."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from leastway.humanitec import HumanitecApi
from leastway.primitives import Secret

TOKEN = "PLANTED9431token"
Reply = tuple[int, Any]


@dataclass
class ScriptedPlatform:
    """The objects by id. `checks` are answers of the check; after `most_writes`, writes are answered with 500."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: dict[str, Reply] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    most_writes: int = 1_000
    url: str = ""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def api(self) -> HumanitecApi:
        return HumanitecApi(self.url, "acme", Secret(TOKEN))

    @property
    def writes(self) -> list[tuple[str, str, Any]]:
        return [one for one in self.requests if one[0] != "GET" and not one[1].endswith("/check")]

    def answer(self, method: str, path: str, body: Any) -> Reply:
        self.requests.append((method, path, body))
        if method != "GET" and not path.endswith("/check") and len(self.writes) > self.most_writes:
            return 500, {"error": "internal", "message": "killed"}
        parts = [unquote(part) for part in urlsplit(path).path.split("/")[1:]]
        match [method, *parts]:
            case ["GET", "orgs", "acme", "resources", "accounts"]:
                return 200, [_without(one, "credentials") for one in self.accounts.values()]
            case ["POST", "orgs", "acme", "resources", "accounts"]:
                return self._create(self.accounts, body)
            case ["PATCH", "orgs", "acme", "resources", "accounts", name] if name in self.accounts:
                self.accounts[name] |= body
                return 200, _without(self.accounts[name], "credentials")
            case ["POST", "orgs", "acme", "resources", "accounts", name, "actions", "check"]:
                return self.checks.get(name, (200, {"identity_fields": [], "warnings": []}))
            case ["POST", "orgs", "acme", "resources", "defs"]:
                return self._define(body)
            case ["GET", "orgs", "acme", "resources", "defs", name] if name in self.definitions:
                return 200, self._shown(name)
            case ["PATCH", "orgs", "acme", "resources", "defs", name] if name in self.definitions:
                _merge(self.definitions[name], body)
                return 200, self._shown(name)
            case ["POST", "orgs", "acme", "resources", "defs", name, "criteria"] if name in self.definitions:
                if self._has(self.definitions[name]["type"], body):
                    return 409, [{"from_def": name}]
                self.definitions[name]["criteria"].append({**body, "id": f"c{next(self._numbers)}"})
                return 200, self.definitions[name]["criteria"][-1]
            case ["DELETE", "orgs", "acme", "resources", "defs", name, "criteria", number]:
                kept = [one for one in self.definitions[name]["criteria"] if one["id"] != number]
                self.definitions[name]["criteria"] = kept
                return 204, None
        return 404, {"error": "not-found", "message": "it does not exist"}

    def _create(self, objects: dict[str, dict[str, Any]], body: Any) -> Reply:
        if body["id"] in objects:
            return 409, {"error": "conflict", "message": "it exists already"}
        objects[body["id"]] = body
        return 200, _without(body, "credentials")

    def _define(self, body: Any) -> Reply:
        if body.get("driver_account", "") not in {*self.accounts, ""}:
            return 400, {"error": "invalid", "message": "the account does not exist"}
        criteria = body.pop("criteria")
        if any(self._has(body["type"], one) for one in criteria):
            return 409, [{"from_def": body["id"]}]
        status, shown = self._create(self.definitions, body)
        if status == 200:
            body["criteria"] = [{**one, "id": f"c{next(self._numbers)}"} for one in criteria]
        return status, shown

    def _has(self, type_: str, criterion: Any) -> bool:
        mine = (one["criteria"] for one in self.definitions.values() if one["type"] == type_)
        return any(_without(one, "id") == criterion for each in mine for one in each)

    def _shown(self, name: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(json.dumps(self.definitions[name]))
        inputs = shown.get("driver_inputs", {})
        if "secret_refs" in inputs:
            text = re.sub(
                r'\{"value": "[^"]*"\}', '{"store": "humanitec", "ref": "r", "version": "1"}', json.dumps(inputs)
            )
            shown["driver_inputs"] = json.loads(text)
        shown["criteria"] = [{"class": "default", **one} for one in shown["criteria"]]
        return shown


@contextmanager
def scripted_platform() -> Iterator[ScriptedPlatform]:
    """Serve a platform on loopback."""
    platform = ScriptedPlatform()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            assert self.headers["Authorization"] == f"Bearer {TOKEN}"
            status, answer = platform.answer(self.command, self.path, body)
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _without(one: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in names}


def _merge(there: dict[str, Any], patch: dict[str, Any]) -> None:
    """Merge a patch: null removes a member."""
    for name, value in patch.items():
        if value is None:
            there.pop(name, None)
        elif isinstance(value, dict) and isinstance(there.get(name), dict):
            _merge(there[name], value)
        else:
            there[name] = value
