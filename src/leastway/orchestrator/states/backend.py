"""The `http` state backend of Terraform and OpenTofu, for one run at a time, without a socket of its own.

Source: `internal/backend/remote-state/http` of both programs. GET returns the state, or 204 before the first write;
POST stores one, with the lock's id as `ID` and the content's MD5; LOCK and UNLOCK send the lock as JSON, and 423 is
answered with the JSON of the lock that holds. Deleting a state is not served. Every request shows the run's token as
the password of Basic authentication. A refusal says why in its body, because Terraform prints the status alone. It is
an entry of the audit log, up to a limit for each token, because the code of a module can send requests too.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from threading import Lock
from typing import Final
from urllib.parse import parse_qs

from leastway.errors import InvalidInputError
from leastway.gateway import StateAnswer, StateRequest
from leastway.orchestrator.states.keys import RefusedStateError
from leastway.orchestrator.states.vault import MOST_BYTES, StateVault
from leastway.primitives import Secret

__all__ = ["StateBackend"]

_LONGEST_INFO: Final = 16 << 10
_LONGEST_ID: Final = 64
_MOST_ENTRIES: Final = 20


class StateBackend:
    """Answers the state requests of runs. Thread-safe."""

    largest_body: Final = MOST_BYTES
    """Whoever reads requests may refuse longer bodies with 413 before they arrive."""

    def __init__(self, vault: StateVault) -> None:
        self._vault = vault
        self._entries: Counter[bytes] = Counter()
        self._counting = Lock()

    def answer(self, request: StateRequest) -> StateAnswer:
        """Answer a request. Errors: LeastwayError if the store or custody is out of reach: answer 503."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        token = _token(headers.get("authorization", ""))
        if token is None:
            return _refusal(HTTPStatus.UNAUTHORIZED, "the request has no token")
        try:
            return self._served(replace(request, headers=headers), token)
        except (RefusedStateError, InvalidInputError) as error:
            self._record(token, error.what)
            return _refusal(HTTPStatus.CONFLICT, f"{error.what}; {error.fix}")

    def _served(self, request: StateRequest, token: Secret) -> StateAnswer:
        match request.method:
            case "GET":
                content = self._vault.read(token)
                return StateAnswer(HTTPStatus.NO_CONTENT) if content is None else _found(content)
            case "POST":
                return self._written(request, token)
            case "LOCK":
                return self._locked(request, token)
            case "UNLOCK":
                return self._unlocked(request, token)
            case _:
                return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "a state is read, written, locked and unlocked only")

    def _written(self, request: StateRequest, token: Secret) -> StateAnswer:
        body = request.body
        if len(body) > MOST_BYTES:
            reason = f"the state has more than {MOST_BYTES >> 20} MiB; divide the module into smaller ones"
            self._record(token, reason)
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)
        sum_of_body = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        if (sent := request.headers.get("content-md5")) is not None and sent.strip() != sum_of_body:
            return _refusal(HTTPStatus.BAD_REQUEST, "the content differs from its Content-MD5; send it again")
        locks = parse_qs(request.query).get("ID", [])
        if len(locks) != 1:
            raise RefusedStateError("the request names no lock", fix="leave locking on")
        self._vault.write(token, locks[0], body)
        return StateAnswer(HTTPStatus.OK)

    def _locked(self, request: StateRequest, token: Secret) -> StateAnswer:
        lock = _lock_id(request.body)
        if lock is None:
            return _refusal(HTTPStatus.BAD_REQUEST, "the lock is not valid JSON with an ID")
        held = self._vault.lock(token, lock, request.body.decode())
        return StateAnswer(HTTPStatus.OK) if held is None else _held(held.info)

    def _unlocked(self, request: StateRequest, token: Secret) -> StateAnswer:
        lock = _lock_id(request.body)
        if lock is None and request.body.strip() not in (b"", b"null"):
            return _refusal(HTTPStatus.BAD_REQUEST, "the lock is not valid JSON with an ID")
        held = self._vault.unlock(token, lock)
        return StateAnswer(HTTPStatus.OK) if held is None else _held(held.info)

    def _record(self, token: Secret, reason: str) -> None:
        key = hashlib.sha256(token.reveal().encode()).digest()
        with self._counting:
            if self._entries[key] >= _MOST_ENTRIES:
                return
            self._entries[key] += 1
        self._vault.refused(token, reason)


def _token(authorization: str) -> Secret | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # not base64, not ASCII, or not UTF-8
        return None
    return Secret(password) if colon and password else None


def _lock_id(body: bytes) -> str | None:
    if not 0 < len(body) <= _LONGEST_INFO:
        return None
    try:
        info = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    lock = info.get("ID") if isinstance(info, dict) else None
    return lock if isinstance(lock, str) and 0 < len(lock) <= _LONGEST_ID and lock.isprintable() else None


def _found(content: bytes) -> StateAnswer:
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    return StateAnswer(HTTPStatus.OK, {"Content-Type": "application/json", "Content-MD5": md5}, content)


def _held(info: str) -> StateAnswer:
    return StateAnswer(HTTPStatus.LOCKED, {"Content-Type": "application/json"}, info.encode())


def _refusal(status: HTTPStatus, message: str) -> StateAnswer:
    body = json.dumps({"error": "refused", "message": message}).encode()
    return StateAnswer(status, {"Content-Type": "application/json"}, body)
