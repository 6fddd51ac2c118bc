"""What asks for a session: the fields of AssumeRole, and whose account and definition they come from.

Sources: AWS STS API Reference, AssumeRole (formats and limits); IAM User Guide, "Methods to assume a role" (one hour
when chaining).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from leastway.errors import InvalidInputError
from leastway.primitives import Arn

__all__ = [
    "DEFAULT_SESSION_NAME",
    "LONGEST",
    "LONGEST_CHAINED",
    "SHORTEST",
    "SessionRequest",
    "Subject",
    "check_duration",
]

DEFAULT_SESSION_NAME = "leastway"
"""The session name if nothing else is asked for. CloudTrail shows it after the role's name."""
SHORTEST = 900
LONGEST = 43_200
LONGEST_CHAINED = 3_600
"""Seconds."""

_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")
_LONGEST_POLICY = 2_048
_MOST_POLICY_ARNS = 10
_MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """What a kill switch can stop: an organization's account, with the role and the definition of a session, if any."""

    organization: str
    account: str
    role: str | None = None
    definition: str | None = None


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """One AssumeRole call, field for field; `region` is that of its STS, `duration` is in seconds.

    Signed with the session of `via` (chained), else with version `key_version` of the account's stored access key, else
    with the server's own identity. Two equal requests can share one session; `series` is raised to make a new one.
    `lineage` has the subjects of this request and of every session that it is chained from.
    Errors: InvalidInputError for what STS would refuse by its form.
    """

    organization: str
    account: str
    role: str
    region: str
    session_name: str = DEFAULT_SESSION_NAME
    external_id: str | None = None
    duration: int = LONGEST_CHAINED
    definition: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    key_version: int | None = None
    via: SessionRequest | None = None
    series: int = 0
    lineage: tuple[Subject, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        subject = Subject(self.organization, self.account, self.role, self.definition)
        object.__setattr__(self, "lineage", (subject, *(self.via.lineage if self.via is not None else ())))
        role = _role(self.role)
        if role is None or (role.service, role.resource_type) != ("iam", "role") or role.resource == "role":
            raise InvalidInputError(
                "it is not a valid ARN of an IAM role", where="role", fix="write arn:aws:iam::...:role/..."
            )
        where = f"role {self.role}"
        for name, text in (("session name", self.session_name), ("source identity", self.source_identity)):
            if text is not None and not _NAME.fullmatch(text):
                fix = "write 2 to 64 letters, digits and _+=,.@-"
                raise InvalidInputError(f"the {name} is not valid", where=where, fix=fix)
        if self.external_id is not None and not _EXTERNAL_ID.fullmatch(self.external_id):
            fix = "write 2 to 1,224 letters, digits and _+=,.@:/-"
            raise InvalidInputError("the external id is not valid", where=where, fix=fix)
        check_duration(self.duration, chained=self.via is not None, where=where)
        if self.policy is not None and not 0 < len(self.policy) <= _LONGEST_POLICY:
            what = f"the session policy has {len(self.policy):,} characters"
            raise InvalidInputError(what, where=where, fix=f"write 1 to {_LONGEST_POLICY:,} characters")
        if len(self.policy_arns) > _MOST_POLICY_ARNS or len(self.tags) > _MOST_TAGS:
            what = f"a session has at most {_MOST_POLICY_ARNS} policy ARNs and {_MOST_TAGS} tags"
            raise InvalidInputError(what, where=where, fix="leave some out")


def _role(text: str) -> Arn | None:
    """Return the ARN, without an error that would repeat a wrong one."""
    try:
        return Arn.parse(text)
    except InvalidInputError:
        return None


def check_duration(seconds: int, *, chained: bool, where: str) -> None:
    """Refuse a duration that STS would refuse for every role. Errors: InvalidInputError."""
    if not SHORTEST <= seconds <= LONGEST:
        fix = f"write {SHORTEST} to {LONGEST:,} seconds"
        raise InvalidInputError(f"a session cannot last {seconds:,} seconds", where=where, fix=fix)
    if chained and seconds > LONGEST_CHAINED:
        raise InvalidInputError(
            f"a session that another role assumes lasts at most one hour, and {seconds:,} seconds were requested",
            where=where,
            fix=f"request at most {LONGEST_CHAINED:,} seconds, or let an IAM user assume the role",
        )
