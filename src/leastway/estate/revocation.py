"""The marks of a revocation on users and roles: how a revoked one is recognized, without any state of ours.

- The inline policy `leastway-revocation` denies everything. The ids of its statements say since when, and which access
  keys the revocation deactivated.
- The first statement of a role's trust policy denies everyone to assume the role; the other statements stay, so that
  nothing is lost.
- After a restore, the inline policy denies only sessions that were issued before the restore. The id of its statement
  says until when it is needed: until the longest of these sessions has expired.
An explicit Deny in an identity policy also applies to existing sessions, at their next request (IAM User Guide,
"Disabling permissions for temporary security credentials" and "Revoking IAM role temporary security credentials").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from leastway.estate.iam import Role, User
from leastway.policy import Document, Effect, PolicyKind, parse_policy
from leastway.policy.model import CURRENT_VERSION

__all__ = [
    "REVOCATION_POLICY",
    "OldSessionsMark",
    "RevokedMark",
    "closed_trust",
    "deny_everything",
    "deny_old_sessions",
    "is_closed",
    "mark_in",
    "opened_trust",
    "revocation_of",
    "without_closing",
]

REVOCATION_POLICY: Final = "leastway-revocation"
"""The name of the inline policy."""
_REVOKED: Final = "LeastwayRevoked"
_KEY: Final = "LeastwayKey"
_OLD_SESSIONS: Final = "LeastwayOldSessionsUntil"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_ISO: Final = "%Y-%m-%dT%H:%M:%SZ"
_KEY_ID: Final = re.compile(r"[A-Z0-9]{16,128}")
_ASSUMING: Final = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]


@dataclass(frozen=True, slots=True)
class RevokedMark:
    """Everything is denied, or the trust policy is closed; `since` is None if the mark was changed by hand.

    `keys` are the ids of the access keys that were active before the revocation.
    """

    since: dt.datetime | None
    keys: frozenset[str] = frozenset()
    is_denied: bool = True
    """Whether everything is denied. A revocation or a restore that was interrupted may have only closed the trust."""


@dataclass(frozen=True, slots=True)
class OldSessionsMark:
    """Only sessions issued before `before` are denied, which is needed until `until`."""

    before: dt.datetime
    until: dt.datetime


def deny_everything(since: dt.datetime, keys: Iterable[str] = ()) -> Document:
    """Return the policy that denies everything; each of `keys` adds a statement that carries only its id."""
    sids = [f"{_REVOKED}{since.strftime(_STAMP)}", *(f"{_KEY}{key}" for key in sorted(keys) if _KEY_ID.fullmatch(key))]
    return _identity([{"Sid": sid, "Effect": "Deny", "Action": "*", "Resource": "*"} for sid in sids])


def deny_old_sessions(before: dt.datetime, until: dt.datetime) -> Document:
    """Return the policy that denies everything to sessions issued before `before`; seconds are exact."""
    return _identity(
        [
            {
                "Sid": f"{_OLD_SESSIONS}{until.strftime(_STAMP)}",
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": before.strftime(_ISO)}},
            }
        ]
    )


def closed_trust(live: object, since: dt.datetime) -> dict[str, Any]:
    """Return the trust policy `live` (JSON values) with a first statement that denies everyone.

    A policy that is not an object, or has no list of statements, is replaced: what cannot be read is not kept open.
    """
    deny = {
        "Sid": f"{_REVOKED}{since.strftime(_STAMP)}",
        "Effect": "Deny",
        "Principal": "*",
        "Action": _ASSUMING,
    }
    kept = [one for one in _statements(live) if not _is_closing(one)]
    version = live.get("Version", CURRENT_VERSION) if isinstance(live, dict) else CURRENT_VERSION
    return {"Version": version, "Statement": [deny, *kept]}


def opened_trust(live: object) -> dict[str, Any] | None:
    """Return the trust policy `live` (JSON values) without our statement; None if nothing is left of it."""
    kept = [one for one in _statements(live) if not _is_closing(one)]
    return {**live, "Statement": kept} if kept and isinstance(live, dict) else None


def is_closed(live: object) -> bool:
    """Return whether the trust policy `live` (JSON values) has our statement."""
    return any(_is_closing(one) for one in _statements(live))


def without_closing(trust: Document) -> Document:
    """Return a trust policy without our statement."""
    return replace(trust, statements=tuple(one for one in trust.statements if not _closes(one.effect, one.sid)))


def revocation_of(holder: User | Role) -> RevokedMark | OldSessionsMark | None:
    """Return what the marks on a live user or role say; None if it has none."""
    document = dict(holder.inline).get(REVOCATION_POLICY)
    trusted = holder.trust.statements if isinstance(holder, Role) else ()
    closed = [one.sid or "" for one in trusted if _closes(one.effect, one.sid)]
    found = mark_in(document) if document is not None else None
    if closed and not (isinstance(found, RevokedMark) and found.is_denied):
        return RevokedMark(_time(closed[0], _REVOKED), is_denied=False)
    return found


def mark_in(document: Document) -> RevokedMark | OldSessionsMark:
    """Return what the inline policy of a revocation says; one that was changed by hand counts as a revocation."""
    sids = [one.sid or "" for one in document.statements]
    if len(sids) == 1 and (until := _time(sids[0], _OLD_SESSIONS)) is not None:
        for _, key, values in document.statements[0].tests():
            before = _parsed(next(iter(values), ""), _ISO) if key.lower() == "aws:tokenissuetime" else None
            if before is not None:
                return OldSessionsMark(before, until)
    keys = (sid.removeprefix(_KEY) for sid in sids if sid.startswith(_KEY))
    since = next((time for sid in sids if (time := _time(sid, _REVOKED))), None)
    return RevokedMark(since, frozenset(key for key in keys if _KEY_ID.fullmatch(key)))


def _identity(statements: list[dict[str, Any]]) -> Document:
    return parse_policy({"Version": CURRENT_VERSION, "Statement": statements}, kind=PolicyKind.IDENTITY)


def _statements(live: object) -> Iterator[object]:
    found = live.get("Statement", []) if isinstance(live, dict) else []
    yield from found if isinstance(found, list) else [found]


def _is_closing(statement: object) -> bool:
    if not isinstance(statement, dict):
        return False
    return _closes(statement.get("Effect"), statement.get("Sid"))


def _closes(effect: object, sid: object) -> bool:
    return effect == Effect.DENY and isinstance(sid, str) and sid.startswith(_REVOKED)


def _time(sid: str, prefix: str) -> dt.datetime | None:
    return _parsed(sid.removeprefix(prefix), _STAMP) if sid.startswith(prefix) else None


def _parsed(text: str, form: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
