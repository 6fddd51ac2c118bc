"""An audit entry and its canonical JSON.

Source: RFC 8785 for the canonical form; C2SP tlog-tiles for the limit of 65,535 bytes. Every hand-out waits for these
bytes, so they are written member by member, in order: names are ASCII, so that sorting by code point is sorting by
UTF-16 unit, integers are within 2**53, there are no floats, and `json` quotes a text as RFC 8785 does. A property test
compares it with the library rfc8785.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from leastway.errors import LeastwayError

__all__ = [
    "LOG_BEGAN",
    "LOG_ENDED",
    "SERVER",
    "Actor",
    "AuditedRequest",
    "Detail",
    "Entry",
    "EntryError",
    "Outcome",
    "canonical",
    "read_entry",
]

SERVER = ""
"""The organization of the server's own log."""

LOG_BEGAN = "log.began"
"""The first entry of a log that replaces another: `predecessor` has the last published checkpoint of that one."""

LOG_ENDED = "log.ended"
"""The last entry of a log whose key was changed: `successor` is the verifier key of the log that replaces it."""

_MOST_BYTES = 65_535
_LONGEST_TEXT = 512
_LONGEST_NAME = 64
_MOST_DETAILS = 32
_LARGEST_INTEGER = 2**53 - 1
_quoted = json.encoder.encode_basestring
_CHANGING = frozenset({"POST", "PATCH", "PUT", "DELETE"})

Detail: TypeAlias = str | int | bool | tuple[str, ...]


class EntryError(LeastwayError):
    """Bytes that are not an audit entry."""


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
class AuditedRequest:
    """The HTTP request behind an entry, as Humanitec's `/audit-logs` shows it."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log of `organization` (`SERVER` for the server's own).

    `action` is a noun and a verb, such as `account.created` or `credentials.handed-out`; `target` is the object's id or
    ARN. `details` holds names, ids, ARNs, counts and times, never a secret.
    Errors: TypeError for a detail that is not text, an integer, a boolean or a tuple of texts; ValueError for a time
    without a zone, a name that is long or not ASCII, an integer beyond 2**53, or more than 32 details.
    """

    organization: str
    at: datetime
    actor: Actor
    action: str
    target: str
    outcome: Outcome = Outcome.DONE
    details: Mapping[str, Detail] = field(default_factory=dict)
    request: AuditedRequest | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the time of an audit entry needs its zone")
        if len(self.details) > _MOST_DETAILS:
            raise ValueError(f"an audit entry has at most {_MOST_DETAILS} details")
        for name, value in self.details.items():
            if not name.isascii() or not 0 < len(name) <= _LONGEST_NAME:
                raise ValueError(f"the name of a detail is ASCII and at most {_LONGEST_NAME} characters long")
            if type(value) is str:  # as most are
                continue
            if not _is_detail(value):
                raise TypeError(f"the detail {name!r} of an audit entry is {type(value).__name__}")
            if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
                raise ValueError(f"the detail {name!r} of an audit entry is beyond 2**53")

    @property
    def is_change(self) -> bool:
        """Whether this is a successful request that changed something, which Humanitec's `/audit-logs` shows."""
        request = self.request
        return request is not None and request.method in _CHANGING and 200 <= request.status < 300


def canonical(entry: Entry) -> bytes:
    """Return the bytes of an entry that become a leaf of the log: at most 65,535.

    Long texts and lists are cut and end with the SHA-256 of the whole. Details that are too long together are replaced
    by their SHA-256.
    """
    details = ",".join(
        [
            f"{_quoted(name)}:{_text_of(value) if type(value) is str else _detail(value)}"
            for name, value in sorted(entry.details.items())
        ]
    )
    data = _written(entry, f"{{{details}}}")
    if len(data) > _MOST_BYTES:
        digest = hashlib.sha256(f"{{{details}}}".encode()).hexdigest()
        data = _written(entry, f'{{"details-sha256":"{digest}"}}')
    return data


def read_entry(data: bytes) -> Entry:
    """Return the entry that the bytes spell. Unknown members are ignored. Errors: EntryError."""
    try:
        found = json.loads(data)
        request = found.get("request")
        actor = found["actor"]
        return Entry(
            organization=_text(found["organization"]),
            at=datetime.fromisoformat(_text(found["at"])),
            actor=Actor(_optional_text(actor.get("user")), _optional_text(actor.get("token"))),
            action=_text(found["action"]),
            target=_text(found["target"]),
            outcome=Outcome(found["outcome"]),
            details={name: _read_detail(value) for name, value in found["details"].items()},
            request=None if request is None else _read_request(request),
        )
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise EntryError("it is not an audit entry") from error


def _written(entry: Entry, details: str) -> bytes:
    actor = ",".join(
        [f'"{name}":{_text_of(id_)}' for name, id_ in (("token", entry.actor.token), ("user", entry.actor.user)) if id_]
    )
    utc = entry.at if entry.at.tzinfo is UTC else entry.at.astimezone(UTC)
    at = utc.isoformat(timespec="microseconds")[:-6]  # without +00:00
    request = ""
    if (made := entry.request) is not None:
        method, path = _text_of(made.method), _text_of(made.path)
        request = f'"request":{{"method":{method},"path":{path},"status":{made.status:d}}},'
    return (
        f'{{"action":{_text_of(entry.action)},"actor":{{{actor}}},"at":"{at}Z","details":{details},'
        f'"organization":{_text_of(entry.organization)},"outcome":"{entry.outcome.value}",{request}'
        f'"target":{_text_of(entry.target)}}}'
    ).encode()


def _is_detail(value: object) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(text, str) for text in value)
    return isinstance(value, str | int)


def _detail(value: Detail) -> str:
    if isinstance(value, str):
        return _text_of(value)
    if isinstance(value, tuple):
        texts = [_text_of(text) for text in value[:_MOST_DETAILS]]
        if len(value) > _MOST_DETAILS:
            whole = hashlib.sha256(f"[{','.join([_quoted(_valid(text)) for text in value])}]".encode()).hexdigest()
            texts.append(f'"… {len(value) - _MOST_DETAILS} more, sha256:{whole}"')
        return f"[{','.join(texts)}]"
    return json.dumps(value)


def _text_of(text: str) -> str:
    """Return a text in JSON, of limited length."""
    return _quoted(text if len(text) <= _LONGEST_TEXT and text.isascii() else _capped(text))


def _capped(text: str) -> str:
    """Return text of limited length; a longer one ends with the SHA-256 of the whole."""
    text = _valid(text)
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}… sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _valid(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _read_detail(value: object) -> Detail:
    if isinstance(value, list):
        return tuple(map(_text, value))
    if isinstance(value, str | int):
        return value
    raise TypeError


def _read_request(value: Mapping[str, object]) -> AuditedRequest:
    status = value["status"]
    if not isinstance(status, int):
        raise TypeError
    return AuditedRequest(_text(value["method"]), _text(value["path"]), status)
