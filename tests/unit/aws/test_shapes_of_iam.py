"""An IAM or STS response with an unexpected shape is unreadable, and never makes a role look absent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote

import pytest
from botocore.model import StructureShape

from leastway.aws import Accounts, Door, KeyPair
from leastway.aws.answers import _ALWAYS
from leastway.aws.guests import Guest
from leastway.aws.iam import IamSite
from leastway.aws.iam.paging import every
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.estate import Place, Role, User
from leastway.ports import FailedCall, SessionKeys, UnreadableAnswerError
from leastway.primitives import Secret, SystemClock
from tests.unit.aws.scripted import Body, ScriptedAws, xml

PLACE = Place("111122223333")
ARN = "arn:aws:iam::111122223333"
WHEN = "<CreateDate>2026-11-28T00:00:00Z</CreateDate>"
TRUST = quote(
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",'
    f' "Principal": {{"AWS": "{ARN}:root"}}}}}}'
)
TAGS = "<Tags><member><Key>leastway:grant</Key><Value>acme</Value></member></Tags>"
ROLE = (
    f"<Path>/</Path><RoleName>humanitec-s3</RoleName><RoleId>AROAX</RoleId><Arn>{ARN}:role/humanitec-s3</Arn>{WHEN}"
    f"<AssumeRolePolicyDocument>{TRUST}</AssumeRolePolicyDocument><MaxSessionDuration>3600</MaxSessionDuration>{TAGS}"
)
USER = f"<Path>/</Path><UserName>humanitec</UserName><UserId>AIDAX</UserId><Arn>{ARN}:user/humanitec</Arn>{WHEN}{TAGS}"
END = "<IsTruncated>false</IsTruncated>"
GOOD: dict[str, str] = {
    "ListPolicies": f"<Policies/>{END}",
    "ListUsers": f"<Users><member>{USER}</member></Users>{END}",
    "ListRoles": f"<Roles><member>{ROLE}</member></Roles>{END}",
    "GetRole": f"<Role>{ROLE}</Role>",
    "GetUser": f"<User>{USER}</User>",
    "ListRolePolicies": f"<PolicyNames/>{END}",
    "ListUserPolicies": f"<PolicyNames/>{END}",
    "ListAttachedRolePolicies": f"<AttachedPolicies/>{END}",
    "ListAttachedUserPolicies": f"<AttachedPolicies/>{END}",
    "ListAccessKeys": f"<AccessKeyMetadata/>{END}",
    "ListInstanceProfilesForRole": f"<InstanceProfiles/>{END}",
}


class Keys:
    """A custody with no open intention."""

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None: ...

    def intention(self, account: str, user: str) -> frozenset[str] | None:
        return None

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None: ...


def good(what: str, _: dict[str, str]) -> Body:
    return xml(what, GOOD[what])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    aws = ScriptedAws(monkeypatch)
    aws.script = good
    return aws


def observe(aws: ScriptedAws) -> tuple[set[type], list[str]]:
    """Return the kinds of the objects that were read, and the reasons of those that could not be read."""
    site = IamSite(aws.client("iam"), PLACE, ["humanitec"], Keys(), SystemClock())
    seen = site.observe([], "acme")
    return {type(observed.object) for observed in seen.objects.values()}, [each.reason for each in seen.unreadable]


def test_a_valid_response_is_read(aws: ScriptedAws) -> None:
    assert observe(aws) == ({Role, User}, [])


def _says(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


LISTS = [action for action in GOOD if action.startswith("List")]
CHANGES: dict[str, Callable[[str], str]] = {
    "empty result": lambda text: re.sub(r"(<\w+Result>).*(</\w+Result>)", r"\1\2", text),
    "no result": lambda text: re.sub(r"<\w+Result>.*</\w+Result>", "", text),
    "two results": lambda text: re.sub(r"(<\w+Result>.*</\w+Result>)", r"\1\1", text),
    "the list is missing": lambda text: re.sub(r"(<\w+Result>).*?(<IsTruncated>)", r"\1\2", text),
    "the list is a string": lambda text: re.sub(r"(<\w+Result><\w+)[>/].*?(<IsTruncated>)", r"\1>none</X>\2", text),
    "the list contains other elements": lambda text: re.sub(
        r"(<\w+Result>)<(\w+)[>/].*?(<IsTruncated>)", r"\1<\2><item/></\2>\3", text
    ),
    "the list contains an empty element": lambda text: re.sub(
        r"(<\w+Result>)<(\w+)[>/].*?(<IsTruncated>)", r"\1<\2><member><x/></member></\2>\3", text
    ),
    "the list contains text": lambda text: re.sub(
        r"(<\w+Result>)<(\w+)[>/].*?(<IsTruncated>)", r"\1<\2>none</\2>\3", text
    ),
    "the list is repeated": lambda text: re.sub(r"(<\w+Result>)<(\w+)[>/].*?(<IsTruncated>)", r"\1<\2/><\2/>\3", text),
    "truncated without a marker": _says("<IsTruncated>false", "<IsTruncated>true"),
    "invalid boolean": _says("<IsTruncated>false", "<IsTruncated>perhaps"),
    "another operation": lambda text: re.sub(r"List\w+?(Response|Result)", r"GetNothing\1", text),
    "a web page": lambda _: "<html><body>welcome</body></html>",
    "truncated xml": lambda text: text[:-9],
    "json": lambda _: '{"Roles": []}',
    "nothing": lambda _: "",
    "a document type": lambda text: f"<!DOCTYPE x [<!ENTITY e 'e'>]>{text}",
    "too many tags": _says("<IsTruncated>", "<x/>" * 1_100_000 + "<IsTruncated>"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("action", LISTS)
def test_an_invalid_response_does_not_make_an_object_absent(
    aws: ScriptedAws, action: str, change: Callable[[str], str]
) -> None:
    def script(what: str, given: dict[str, str]) -> Body:
        return change(xml(what, GOOD[what])) if what == action else good(what, given)

    aws.script = script
    if action in ("ListPolicies", "ListUsers", "ListRoles"):
        with pytest.raises(LeastwayError):
            observe(aws)
    else:
        kinds, unreadable = observe(aws)
        assert len(unreadable) == 1
        assert "cannot be read" in unreadable[0]
        assert kinds != {Role, User} or action == "ListAccessKeys"
    assert aws.called.count(action) == 1, "an invalid response is not retried"


HEADS: dict[str, Callable[[str], str]] = {
    "empty result": CHANGES["empty result"],
    "no name": lambda text: re.sub(r"<(Role|User)Name>.*?</\w+>", "", text),
    "another name": lambda text: re.sub(r"(<(?:Role|User)Name>).*?(</\w+>)", r"\1other\2", text),
    "no path": _says("<Path>/</Path>", ""),
    "no id": lambda text: re.sub(r"<(Role|User)Id>.*?</\w+>", "", text),
    "a name with elements": lambda text: re.sub(r"(<(?:Role|User)Name>).*?(</\w+>)", r"\1<x/>\2", text),
    "tags as text": lambda text: re.sub(r"<Tags>.*</Tags>", "<Tags>none</Tags>", text),
    "a boundary without its name": _says("</Tags>", "</Tags><PermissionsBoundary/>"),
    "a tag without a value": lambda text: re.sub(r"<Value>.*?</Value>", "", text),
}


@pytest.mark.parametrize("change", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("action", ["GetRole", "GetUser"])
def test_an_incomplete_object_is_unreadable(aws: ScriptedAws, action: str, change: Callable[[str], str]) -> None:
    aws.script = lambda what, given: change(xml(what, GOOD[what])) if what == action else good(what, given)
    _, unreadable = observe(aws)
    assert len(unreadable) == 1


def test_a_repeated_page_token_is_an_error(aws: ScriptedAws) -> None:
    def circle(what: str, given: dict[str, str]) -> Body:
        following = {"": "a", "a": "b", "b": "a"}[given.get("Marker", "")]
        return xml(what, f"<Roles/><IsTruncated>true</IsTruncated><Marker>{following}</Marker>")

    aws.script = circle
    with pytest.raises(UnreadableAnswerError, match="a page token is repeated"):
        list(every(aws.client("iam"), "list_roles", "Roles"))
    assert len(aws.called) == 3


def test_all_pages_are_read(aws: ScriptedAws) -> None:
    def two(what: str, given: dict[str, str]) -> Body:
        if given.get("Marker") == "a":
            return xml(what, f"<Roles><member>{ROLE}</member></Roles>{END}<Marker>left over</Marker>")
        return xml(what, "<Roles/><IsTruncated>true</IsTruncated><Marker>a</Marker>")

    aws.script = two
    assert [role["RoleName"] for role in every(aws.client("iam"), "list_roles", "Roles")] == ["humanitec-s3"]


IDENTITY = f"<Account>111122223333</Account><Arn>{ARN}:user/x</Arn><UserId>AIDAX</UserId>"


@pytest.mark.parametrize("missing", ["Account", "Arn", "UserId"])
def test_a_caller_identity_with_a_missing_member_is_an_error(aws: ScriptedAws, missing: str) -> None:
    door = Door("111122223333", "eu-central-1", KeyPair("AKIDEXAMPLE", Secret("secret")))
    aws.script = lambda what, _: xml(what, IDENTITY)
    assert Accounts([door]).identity("111122223333").user_id == "AIDAX"
    aws.script = lambda what, _: xml(what, re.sub(f"<{missing}>.*?</{missing}>", "", IDENTITY))
    with pytest.raises(LeastwayError, match=missing):
        Accounts([door]).identity("111122223333")


CREDENTIALS = (
    "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2036-11-28T00:00:00Z</Expiration></Credentials>"
)


@pytest.mark.parametrize("missing", ["Credentials", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"])
def test_an_assumed_role_with_a_missing_member_is_an_error(aws: ScriptedAws, missing: str) -> None:
    guest = Guest(SessionKeys("AKIDEXAMPLE", Secret("secret")), "eu-central-1", LendingSession(), SystemClock())
    aws.script = lambda what, _: xml(what, CREDENTIALS)
    assert isinstance(guest.assume(f"{ARN}:role/x", None, "leastway"), SessionKeys)
    aws.script = lambda what, _: xml(what, re.sub(f"<{missing}>.*</{missing}>", "", CREDENTIALS))
    with pytest.raises(LeastwayError, match=missing):
        guest.assume(f"{ARN}:role/x", None, "leastway")


def test_a_denial_is_still_reported_as_a_denial(aws: ScriptedAws) -> None:
    denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    aws.script = lambda _what, _given: (403, denied)
    guest = Guest(SessionKeys("AKIDEXAMPLE", Secret("secret")), "eu-central-1", LendingSession(), SystemClock())
    answer = guest.assume(f"{ARN}:role/x", None, "leastway")
    assert isinstance(answer, FailedCall)
    assert answer.denied


@pytest.mark.parametrize("page", ["<!DOCTYPE html><html>busy</html>", "busy", "", '{"message": "busy"}'])
def test_a_call_is_retried_when_a_busy_proxy_responds(aws: ScriptedAws, page: str) -> None:
    aws.script = lambda what, given: (503, page) if len(aws.called) < 3 else good(what, given)
    assert list(every(aws.client("iam"), "list_policies", "Policies")) == []
    assert len(aws.called) == 3


def test_responses_of_other_xml_protocols_are_left_to_botocore(aws: ScriptedAws) -> None:
    aws.script = lambda _what, _given: "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"
    assert aws.client("s3").list_buckets()["Buckets"] == []


WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "attach": ("attach_role_policy", {"RoleName": "x", "PolicyArn": f"{ARN}:policy/xxxxxxxxxx"}),
    "delete": ("delete_role", {"RoleName": "x"}),
}


@pytest.mark.parametrize(("method", "arguments"), WRITES.values(), ids=WRITES)
def test_a_web_page_does_not_count_as_success(aws: ScriptedAws, method: str, arguments: dict[str, Any]) -> None:
    aws.script = lambda _what, _given: "<html><body>welcome</body></html>"
    with pytest.raises(UnreadableAnswerError, match="its root element is html"):
        getattr(aws.client("iam"), method)(**arguments)


def test_always_required_members_exist_in_the_models() -> None:
    """A name that is not in any model would require nothing."""
    for service, structures in _ALWAYS.items():
        model = LendingSession().get_service_model(service)
        for name, members in structures.items():
            assert set(members) <= set(cast("StructureShape", model.shape_for(name)).members), name
