"""The calls of a revocation, at an IAM whose policies leastway cannot read, or that refuses to store them again."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from leastway.aws.iam.revoking import IamRevoker
from leastway.errors import LeastwayError
from leastway.estate import Address, Kind, Place, RevokedMark, deny_everything, mark_in
from leastway.primitives import SystemClock

ACCOUNT = "111122223333"
ROLE = Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3")
USER = Address(Place(ACCOUNT), Kind.USER, "humanitec")
NOW = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
PLATFORM = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::767398028804:user/p"}, "Action": "sts:AssumeRole"}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")


class Iam:
    """An IAM with one role and one user; `refuses` is the error of the first write of a trust policy."""

    def __init__(self, trust: object, *, refuses: str = "", inline: object = None, date: str = "") -> None:
        self.trust = trust
        self.refuses = refuses
        self.inline = inline
        self.keys = {"AKIAIOSFODNN7EXAMPLE": "Active"}
        self.written: list[dict[str, Any]] = []
        self._metadata = {"HTTPHeaders": {"date": date} if date else {}}

    def get_role(self, RoleName: str) -> Any:  # noqa: N803  # botocore's names
        role = {"RoleName": RoleName, "RoleId": "AROA", "AssumeRolePolicyDocument": self.trust}
        return {"Role": role, "ResponseMetadata": self._metadata}

    def get_user(self, UserName: str) -> Any:  # noqa: N803
        return {"User": {"UserName": UserName, "UserId": "AIDA"}, "ResponseMetadata": self._metadata}

    def get_role_policy(self, **_: str) -> Any:
        if self.inline is None:
            raise refusal("NoSuchEntity")
        return {"PolicyDocument": self.inline}

    get_user_policy = get_role_policy

    def list_access_keys(self, **_: object) -> Any:
        keys = [{"AccessKeyId": key, "Status": status} for key, status in self.keys.items()]
        return {"AccessKeyMetadata": keys, "IsTruncated": False}

    def update_assume_role_policy(self, RoleName: str, PolicyDocument: str) -> None:  # noqa: N803
        code, self.refuses = self.refuses, ""
        if code:
            raise refusal(code)
        written = json.loads(PolicyDocument)
        self.trust = written
        self.written.append(written)

    def update_access_key(self, UserName: str, AccessKeyId: str, Status: str) -> None:  # noqa: N803
        if AccessKeyId not in self.keys:
            raise refusal("NoSuchEntity")
        self.keys[AccessKeyId] = Status


def revoker(iam: Iam) -> IamRevoker:
    return IamRevoker(iam, SystemClock())  # type: ignore[arg-type]  # a double


def effects(document: Any) -> list[str]:
    return [one["Effect"] for one in document["Statement"]]


@pytest.mark.parametrize("form", ["list", "single", "text"])
def test_the_trust_is_closed_in_front_of_what_it_says(form: str) -> None:
    statements: object = PLATFORM if form == "single" else [PLATFORM]
    document: object = {"Version": "2012-10-17", "Statement": statements}
    iam = Iam(json.dumps(document) if form == "text" else document)
    assert revoker(iam).close(ROLE, NOW) == ""
    assert effects(iam.trust) == ["Deny", "Allow"]
    state = revoker(iam).state(ROLE)
    assert state is not None
    assert state.is_closed
    assert revoker(iam).close(ROLE, NOW) == ""
    assert len(iam.written) == 1
    revoker(iam).open(ROLE)
    assert iam.trust == {"Version": "2012-10-17", "Statement": [PLATFORM]}


@pytest.mark.parametrize("code", ["LimitExceeded", "MalformedPolicyDocument"])
def test_a_trust_policy_that_cannot_be_stored_again_is_replaced_and_its_text_is_returned(code: str) -> None:
    document = {"Version": "2012-10-17", "Statement": [PLATFORM]}
    iam = Iam(document, refuses=code)
    assert json.loads(revoker(iam).close(ROLE, NOW)) == document
    assert effects(iam.trust) == ["Deny"]
    with pytest.raises(LeastwayError, match="cannot be opened again") as refused:
        revoker(iam).open(ROLE)
    assert "evidence" in str(refused.value.fix)


@pytest.mark.parametrize("text", ["%7Bnot json", "[]", ""])
def test_a_trust_policy_that_cannot_be_read_is_closed(text: str) -> None:
    iam = Iam(text)
    assert revoker(iam).close(ROLE, NOW) == text
    assert effects(iam.trust) == ["Deny"]


def test_another_error_is_not_an_excuse_to_replace_a_trust_policy() -> None:
    iam = Iam({"Statement": [PLATFORM]}, refuses="AccessDenied")
    with pytest.raises(LeastwayError):
        revoker(iam).close(ROLE, NOW)
    assert iam.written == []


def test_the_time_is_that_of_the_service() -> None:
    state = revoker(Iam({}, date="Sat, 28 Nov 2026 12:34:56 GMT")).state(ROLE)
    assert state is not None
    assert state.read_at == dt.datetime(2026, 11, 28, 12, 34, 56, tzinfo=dt.UTC)
    without = revoker(Iam({}, date="yesterday")).state(ROLE)
    assert without is not None
    assert abs(without.read_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)


def test_our_policy_counts_as_a_revocation_when_somebody_broke_it() -> None:
    for inline in ("%7Bnot json", {"Version": "2012-10-17", "Statement": "none"}):
        state = revoker(Iam({}, inline=inline)).state(ROLE)
        assert state is not None
        assert state.policy is not None
        assert mark_in(state.policy) == RevokedMark(None)


def test_keys_are_read_and_set_and_a_missing_one_is_not_an_error() -> None:
    iam = Iam({})
    state = revoker(iam).state(USER)
    assert state is not None
    assert state.keys == {"AKIAIOSFODNN7EXAMPLE": True}
    revoker(iam).set_key(USER, "AKIAIOSFODNN7EXAMPLE", active=False)
    assert iam.keys == {"AKIAIOSFODNN7EXAMPLE": "Inactive"}
    revoker(iam).set_key(USER, "AKIAI44QH8DHBEXAMPLE", active=False)


def test_the_keys_in_the_mark_come_back() -> None:
    policy = deny_everything(NOW, ["AKIAIOSFODNN7EXAMPLE", "not a key id"])
    assert mark_in(policy) == RevokedMark(NOW, frozenset({"AKIAIOSFODNN7EXAMPLE"}))
