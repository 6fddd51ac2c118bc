"""Cutting off users and roles of one account: the implementation of `ports.Revoker`.

Trust policies are handled as JSON and not as parsed policies: a policy that leastway cannot read is closed, too.
IAM refuses to store a trust policy again that names a deleted principal (IAM User Guide, "AWS JSON policy elements:
Principal"), or that has no room left: then it is replaced.
"""

from __future__ import annotations

import datetime as dt
import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leastway.aws.errors import GONE, already_gone, aws_errors, check_named, code_of
from leastway.aws.iam.holder import Holder
from leastway.aws.iam.paging import every
from leastway.aws.tags import mark_of, owner_of, tag_dict
from leastway.errors import LeastwayError
from leastway.estate import REVOCATION_POLICY, Address, Kind, closed_trust, is_closed, opened_trust
from leastway.policy import Document, PolicyError, PolicyKind, parse_policy
from leastway.ports import PrincipalState

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.primitives import Clock

__all__ = ["IamRevoker"]

_NO_ROOM = frozenset({"LimitExceeded", "MalformedPolicyDocument"})


class IamRevoker:
    """The calls of a revocation in one account; `clock` is used where a response has no date."""

    def __init__(self, iam: IAMClient, clock: Clock) -> None:
        self._iam = iam
        self._clock = clock

    def state(self, principal: Address) -> PrincipalState | None:
        """Read the head of a user or role, our inline policy on it, and the status of its keys."""
        with aws_errors(str(principal)):
            try:
                answer = self._head(principal)
            except ClientError as error:
                if code_of(error) in GONE:
                    return None
                raise
            head = answer["User" if principal.kind is Kind.USER else "Role"]
            check_named(principal.name, head["UserName" if principal.kind is Kind.USER else "RoleName"])
            tags = tag_dict(head.get("Tags", ()))
            mark = mark_of(tags)
            return PrincipalState(
                read_at=self._time(answer),
                unique_id=head["UserId" if principal.kind is Kind.USER else "RoleId"],
                grant=mark.grant if mark else "",
                owner=owner_of(tags),
                policy=self._policy(principal),
                is_closed=is_closed(_json(head.get("AssumeRolePolicyDocument"))),
                keys=self._keys(principal.name) if principal.kind is Kind.USER else {},
                longest_session=head.get("MaxSessionDuration", 3600),
            )

    def close(self, role: Address, since: dt.datetime) -> str:
        """Add the statement that denies everyone, in front of the others."""
        with aws_errors(str(role)):
            live = self._iam.get_role(RoleName=role.name)["Role"].get("AssumeRolePolicyDocument")
            document = _json(live)
            if is_closed(document):
                return ""
            try:
                self._set_trust(role, closed_trust(document, since))
            except ClientError as error:
                if code_of(error) not in _NO_ROOM:
                    raise
                self._set_trust(role, closed_trust({}, since))
            else:
                return "" if isinstance(document, dict) else str(live)
            return _text(live)

    def open(self, role: Address) -> None:
        """Remove the statement that denies everyone."""
        with aws_errors(str(role)):
            document = _json(self._iam.get_role(RoleName=role.name)["Role"].get("AssumeRolePolicyDocument"))
            if not is_closed(document):
                return
            opened = opened_trust(document)
            if opened is None:
                raise LeastwayError(
                    "the revocation had to replace its trust policy, so it cannot be opened again",
                    where=str(role),
                    fix="write its trust policy where the role is managed; the evidence of the revocation has the text",
                )
            self._set_trust(role, opened)

    def put(self, principal: Address, policy: Document) -> None:
        """Write our inline policy."""
        with aws_errors(str(principal)):
            Holder(self._iam, principal.kind, principal.name).put(REVOCATION_POLICY, policy)

    def set_key(self, user: Address, key: str, *, active: bool) -> None:
        """Activate or deactivate an access key."""
        with aws_errors(str(user)), already_gone():
            self._iam.update_access_key(UserName=user.name, AccessKeyId=key, Status="Active" if active else "Inactive")

    def _head(self, principal: Address) -> Any:
        if principal.kind is Kind.USER:
            return self._iam.get_user(UserName=principal.name)
        return self._iam.get_role(RoleName=principal.name)

    def _policy(self, principal: Address) -> Document | None:
        """Read our inline policy; one that is not valid counts as one without statements."""
        iam: Any = self._iam
        try:
            if principal.kind is Kind.USER:
                answer = iam.get_user_policy(UserName=principal.name, PolicyName=REVOCATION_POLICY)
            else:
                answer = iam.get_role_policy(RoleName=principal.name, PolicyName=REVOCATION_POLICY)
        except ClientError as error:
            if code_of(error) in GONE:
                return None
            raise
        try:
            return parse_policy(answer["PolicyDocument"], kind=PolicyKind.IDENTITY)
        except PolicyError:
            return Document(PolicyKind.IDENTITY, ())

    def _keys(self, user: str) -> dict[str, bool]:
        found = every(self._iam, "list_access_keys", "AccessKeyMetadata", UserName=user)
        return {key["AccessKeyId"]: key["Status"] != "Inactive" for key in found}

    def _set_trust(self, role: Address, document: dict[str, Any]) -> None:
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        self._iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=text)

    def _time(self, answer: Any) -> dt.datetime:
        """Return the date of a response: the clock of AWS, not of this machine, decides when a session was issued."""
        stated = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date", "")
        try:
            found = parsedate_to_datetime(stated)
        except ValueError:
            found = self._clock.now()
        return found.astimezone(dt.UTC).replace(microsecond=0)


def _json(document: object) -> object:
    """Return a policy document as JSON values: botocore leaves a text that it cannot decode."""
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        return None


def _text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)
