"""An audit entry and its canonical JSON.

Source: RFC 8785 for the canonical form (keys sorted, no spaces, integers only); C2SP tlog-tiles for the limit of 65,535
bytes.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

__all__ = ["SERVER", "Actor", "Detail", "Entry", "Outcome", "Request", "canonical"]

SERVER = ""
"""The organization of the server's own log."""

_MOST_BYTES = 65_535
_LONGEST_TEXT = 512
_MOST_DETAILS = 32

Detail: TypeAlias = str | int | bool | tuple[str, ...]


class Outcome(enum.Enum):
    """What became of the request."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a user with a token, or the server itself (no user)."""

    user: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The HTTP request behind an entry, as Humanitec's `/audit-logs` shows it."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log of `organization` (`SERVER` for the server's own).

    `action` is a noun and a verb, such as `account.created` or `credentials.handed-out`; `target` is the object's id or
    ARN. `details` holds names, ids, ARNs, counts and times, never a secret.
    Errors: TypeError for a detail that is not text, an integer, a boolean or a tuple of texts.
    """

    organization: str
    at: datetime
    actor: Actor
    action: str
    target: str
    outcome: Outcome = Outcome.DONE
    details: Mapping[str, Detail] = field(default_factory=dict)
    request: Request | None = None

    def __post_init__(self) -> None:
        if len(self.details) > _MOST_DETAILS:
            raise ValueError(f"an audit entry has at most {_MOST_DETAILS} details")
        for name, value in self.details.items():
            if not _is_detail(value):
                raise TypeError(f"the detail {name!r} of an audit entry is {type(value).__name__}")


def canonical(entry: Entry) -> bytes:
    """Return the bytes of an entry that become a leaf of the log. Errors: ValueError for more than 65,535 bytes."""
    written: dict[str, object] = {
        "action": entry.action,
        "actor": {key: value for key, value in (("token", entry.actor.token), ("user", entry.actor.user)) if value},
        "at": entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "details": {name: _capped_detail(value) for name, value in entry.details.items()},
        "organization": entry.organization,
        "outcome": entry.outcome.value,
        "target": _capped(entry.target),
    }
    if entry.request is not None:
        request = entry.request
        written["request"] = {"method": request.method, "path": _capped(request.path), "status": request.status}
    written_out = json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if len(written_out) > _MOST_BYTES:
        raise ValueError(f"an audit entry is longer than {_MOST_BYTES:,} bytes")
    return written_out


def _is_detail(value: object) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(text, str) for text in value)
    return isinstance(value, str | int)


def _capped_detail(value: Detail) -> object:
    if isinstance(value, tuple):
        return [_capped(text) for text in value[:_MOST_DETAILS]]
    return _capped(value) if isinstance(value, str) else value


def _capped(text: str) -> str:
    """Return text of limited length; a longer one ends with the SHA-256 of the whole."""
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}… sha256:{hashlib.sha256(text.encode()).hexdigest()}"
