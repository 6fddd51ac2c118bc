"""Pairs of policies, each with the verdict that follows from the documentation."""

import time
from dataclasses import replace
from typing import Any

import pytest

from leastway.policy import PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet, Request, compile_policies
from leastway.policy.prove import Proved, Refuted, Unknown, compare
from tests.unit.policy.prove.policies import OLD_VERSION, allow, deny, document, identity

OBJECT = "arn:aws:s3:::shop/a"
ANY_OBJECT = "arn:aws:s3:::*/*"
TAG = "aws:ResourceTag/team"


def get(resource: Any = "*", condition: Any = None) -> PolicySet:
    return identity(allow("s3:GetObject", resource, condition))


def when(operator: str, key: str, *values: str) -> PolicySet:
    return identity(allow("s3:GetObject", "*", {operator: {key: list(values)}}))


NOTHING = identity(allow("eks:DescribeInsight", "arn:aws:s3:::none"))
"""Allows no request: the action does not apply to such a resource."""

WITHIN = {
    # Patterns
    "a policy equals itself": (get(OBJECT), get(OBJECT)),
    "actions ignore case": (identity(allow("S3:GETOBJECT")), identity(allow("s3:getobject"))),
    "overlapping patterns": (get("arn:aws:s3:::a*b/*"), get("arn:aws:s3:::a*")),
    "two patterns cover one": (
        get("arn:aws:s3:::?/x"),
        identity(allow("s3:*", ["arn:aws:s3:::?/*", "arn:aws:s3:::b*"])),
    ),
    "a question mark lies within a star": (get("arn:aws:s3:::sh?p/a"), get("arn:aws:s3:::sh*p/*")),
    "two stars equal one": (get("arn:aws:s3:::shop/**"), get("arn:aws:s3:::shop/*")),
    "a last star crosses colons": (get("arn:aws:s3:::shop/a:b:c"), get("arn:aws:s3:*")),
    "a bucket is not an object": (get("arn:aws:s3:::shop"), NOTHING),
    "a wildcard stands for the actions in the catalog": (
        identity(allow("sts:Assume*")),
        identity(allow(["sts:AssumeRole", "sts:AssumeRoleWith*", "sts:AssumeRoot"])),
    ),
    "NotAction is the complement of Action": (
        identity(allow(None, NotAction=["s3:*", "ec2:*"])),
        identity(allow(None, NotAction="s3:Get*")),
    ),
    "NotResource is the complement of Resource": (
        identity(allow("s3:GetObject", None, NotResource=["arn:aws:s3:::a*", "arn:aws:s3:::b*"])),
        identity(allow("s3:GetObject", None, NotResource="arn:aws:s3:::a*")),
    ),
    "a later statement allows the same": (get(OBJECT), identity(deny("s3:Put*"), allow("ec2:*"), allow("s3:Get*"))),
    "a short ARN is completed": (get("arn:aws:s3"), get("arn:aws:s3:*:*:*")),
    "a completed ARN lies within the short one": (get("arn:aws:s3:*:*:*"), get("arn:aws:s3")),
    "a short ARN in a Deny is completed": (
        identity(allow("s3:GetObject"), deny("*", "arn:aws:s3:eu-central-1")),
        identity(allow("s3:*"), deny("*", "arn:aws:s3:eu-central-1:*:*")),
    ),
    "an empty field of a short ARN stays empty": (get("arn:aws:s3::"), get("arn:aws:s3::*:*")),
    # Denials
    "Deny of all but NotAction": (
        identity(allow("*"), deny(None, NotAction=["eks:*", "s3:*"])),
        identity(allow(["eks:*", "s3:*"])),
    ),
    "Deny of all but NotResource": (
        identity(allow("s3:*"), deny("*", None, NotResource=OBJECT)),
        identity(allow("*", OBJECT)),
    ),
    "several Deny statements together": (
        identity(
            allow("s3:GetObject"),
            deny("*", "arn:aws:s3:::a*"),
            deny("*", None, NotResource="arn:*:s3:::?*/*"),
            deny("s3:*", "arn:*:s3:::b*"),
        ),
        identity(allow("s3:*"), deny("*", ["arn:aws:s3:::a*", "arn:aws:s3:::b*"])),
    ),
    "a Deny on both sides cancels out": (
        identity(allow("*"), deny("*", "*", {"Bool": {"aws:SecureTransport": "false"}})),
        identity(allow("*"), deny("*", "*", {"Bool": {"aws:SecureTransport": ["false", "FALSE"]}})),
    ),
    # Presence
    "a missing key fails a positive operator": (
        when("StringEquals", "aws:PrincipalTag/t", "a"),
        identity(allow("s3:*", "*", {"Null": {"aws:PrincipalTag/t": "false"}})),
    ),
    "Null true contradicts a value": (
        get("*", {"Null": {"aws:SourceIp": "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        NOTHING,
    ),
    "Null with true, false and both": (
        get(),
        identity(allow("s3:*", "*", {"Null": {"aws:SourceIp": ["true", "false"]}})),
    ),
    "IfExists is wider than the plain operator": (
        when("StringEquals", "aws:PrincipalTag/t", "a"),
        when("StringEqualsIfExists", "aws:PrincipalTag/t", "a"),
    ),
    "IfExists is the plain operator or a missing key": (
        when("StringEqualsIfExists", "aws:PrincipalTag/t", "a"),
        identity(
            allow("s3:*", "*", {"StringEquals": {"aws:PrincipalTag/t": "a"}}),
            allow("s3:*", "*", {"Null": {"aws:PrincipalTag/t": "true"}}),
        ),
    ),
    "a negated operator holds for a missing key": (
        identity(allow("s3:GetObject", "*", {"Null": {"aws:PrincipalTag/t": "true"}})),
        when("StringNotEquals", "aws:PrincipalTag/t", "a"),
    ),
    "a list action has no resource tag": (
        identity(allow("eks:ListClusters", "*", {"StringEquals": {TAG: "a"}})),
        NOTHING,
    ),
    "a negated condition on an impossible tag always holds": (
        identity(allow("eks:ListClusters")),
        identity(allow("eks:*", "*", {"StringNotEquals": {TAG: "a"}})),
    ),
    # Strings
    "StringLike contains StringEquals": (
        when("StringEquals", "aws:UserAgent", "abc"),
        when("StringLike", "aws:UserAgent", "a*c"),
    ),
    "StringEquals takes a star literally": (
        when("StringEquals", "aws:UserAgent", "a*"),
        when("StringLike", "aws:UserAgent", "a?*"),
    ),
    "several values are an OR": (
        when("StringEquals", "aws:UserAgent", "a"),
        when("StringEquals", "aws:UserAgent", "a", "b"),
    ),
    "several values under a negation are a NOR": (
        when("StringNotEquals", "aws:UserAgent", "a", "b"),
        when("StringNotEquals", "aws:UserAgent", "a"),
    ),
    "operators and keys are an AND": (
        get(
            "*", {"StringLike": {"aws:UserAgent": "a*", "aws:Referer": "b"}, "StringNotEquals": {"aws:UserAgent": "a"}}
        ),
        when("StringLike", "aws:UserAgent", "a?*"),
    ),
    "EqualsIgnoreCase contains Equals": (
        when("StringEquals", "aws:UserAgent", "ABC", "aBc"),
        when("StringEqualsIgnoreCase", "aws:UserAgent", "abc"),
    ),
    "key names ignore case": (
        when("StringEquals", "AWS:USERAGENT", "a"),
        when("StringEquals", "aws:UserAgent", "a"),
    ),
    # Other families
    "a range within a range": (
        when("IpAddress", "aws:SourceIp", "10.1.0.0/16"),
        when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ),
    "two half ranges cover the whole range": (
        when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        when("IpAddress", "aws:SourceIp", "10.0.0.0/9", "10.128.0.0/9"),
    ),
    "every address is IPv4 or IPv6": (
        get("*", {"Null": {"aws:SourceIp": "false"}}),
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0", "::/0"),
    ),
    "outside the larger range is outside the smaller": (
        when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
        when("NotIpAddress", "aws:SourceIp", "10.9.0.0/16"),
    ),
    "less lies within less or equal": (
        when("NumericLessThan", "aws:MultiFactorAuthAge", "10"),
        when("NumericLessThanEquals", "aws:MultiFactorAuthAge", "10.0"),
    ),
    "less or equal but not equal is less": (
        get(
            "*",
            {
                "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "10"},
                "NumericNotEquals": {"aws:MultiFactorAuthAge": "10"},
            },
        ),
        when("NumericLessThan", "aws:MultiFactorAuthAge", "10"),
    ),
    "dates in two formats": (
        when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
        when("DateLessThan", "aws:CurrentTime", "1767225601"),
    ),
    "true and false cover all booleans": (
        get("*", {"Null": {"aws:SecureTransport": "false"}}),
        identity(
            allow("s3:*", "*", {"Bool": {"aws:SecureTransport": "true"}}),
            allow("s3:*", "*", {"Bool": {"aws:SecureTransport": "False"}}),
        ),
    ),
    "ArnLike stays within its segment": (
        when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
        when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
    ),
    "ArnEquals equals ArnLike": (
        when("ArnEquals", "aws:SourceArn", "arn:aws:s3:::*"),
        when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
    ),
    "a value that is not an ARN matches no ARN pattern": (
        when("ArnLike", "aws:SourceArn", "*:*:*:*:*:*"),
        when("StringLike", "aws:SourceArn", "arn:*"),
    ),
    "a variable's value stays within its segment": (
        get("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:${v:k}:1:x"}, "StringEquals": {"v:k": "a:b"}}),
        NOTHING,
    ),
    "a single value of a multivalued key satisfies ForAllValues": (
        identity(allow("events:PutRule", "*", {"StringEquals": {"events:source": "aws.ec2"}})),
        identity(allow("events:PutRule", "*", {"ForAllValues:StringEquals": {"events:source": ["aws.ec2", "b"]}})),
    ),
    "a list of one value cannot fill a variable": (
        get("arn:aws:s3:::h/${aws:TagKeys}/*", {"StringEquals": {"aws:TagKeys": "a"}}),
        NOTHING,
    ),
    "a negated operator on a single value": (
        identity(
            allow(
                "events:PutRule",
                "*",
                {"StringLike": {"events:source": "*"}, "StringNotEquals": {"events:source": "aws.ec2"}},
            )
        ),
        identity(allow("events:*", "*", {"StringNotEquals": {"events:source": "aws.ec2"}})),
    ),
    "an open point on both sides cancels out": (
        identity(allow("events:*"), deny("*", "*", {"StringNotEquals": {"events:source": ["a", "b"]}})),
        identity(allow("events:*"), deny("*", "*", {"StringNotEquals": {"events:source": ["b", "a"]}})),
    ),
    "binary values are compared byte by byte": (
        when("BinaryEquals", "x:b", "QQ=="),
        when("BinaryEquals", "x:b", "Qg==", "QQ=="),
    ),
    # Sets
    "ForAllValues holds for a missing key": (
        get("*", {"Null": {"aws:TagKeys": "true"}}),
        when("ForAllValues:StringEquals", "aws:TagKeys", "a"),
    ),
    "ForAnyValue requires a value": (
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringLike": {"aws:TagKeys": "*"}})),
        identity(allow("eks:*", "*", {"Null": {"aws:TagKeys": "false"}})),
    ),
    "ForAllValues with fewer values": (
        identity(allow("eks:TagResource", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}})),
        identity(allow("eks:*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})),
    ),
    "ForAllValues and a value imply ForAnyValue": (
        identity(
            allow(
                "eks:TagResource",
                "*",
                {"ForAllValues:StringLike": {"aws:TagKeys": "a*"}, "ForAnyValue:StringLike": {"aws:TagKeys": "?*"}},
            )
        ),
        identity(allow("eks:*", "*", {"ForAnyValue:StringLike": {"aws:TagKeys": "a*"}})),
    ),
    # Versions and variables
    "the old version takes variables literally": (
        identity(allow("s3:GetObject", "arn:aws:s3:::h/${aws:username}/x"), version=OLD_VERSION),
        get("arn:aws:s3:::h/$?aws:*"),
    ),
    "a variable lies within a star": (get("arn:aws:s3:::h/${aws:username}/*"), get("arn:aws:s3:::h/*/*")),
    "a longer path with the same variable": (
        get("arn:aws:s3:::h/${aws:username}/docs/*"),
        get("arn:aws:s3:::h/${aws:username}/*"),
    ),
    "a variable fixed by a condition on its key": (
        get("arn:aws:s3:::h/${aws:username}/*", {"StringEquals": {"aws:username": "bob"}}),
        get("arn:aws:s3:::h/bob/*"),
    ),
    "a variable limited by a condition on its key": (
        get("arn:aws:s3:::h/${aws:username}/*", {"StringLike": {"aws:username": "team-*"}}),
        get("arn:aws:s3:::h/team-*"),
    ),
    "a variable that cannot be resolved": (
        get("arn:aws:s3:::h/${aws:username}/*", {"Null": {"aws:username": "true"}}),
        NOTHING,
    ),
    "a default instead of a missing value": (
        get("arn:aws:s3:::h/${aws:username, 'all'}/*", {"Null": {"aws:username": "true"}}),
        get("arn:aws:s3:::h/all/*"),
    ),
    "a variable before the fifth colon never matches": (get("arn:aws:${aws:username}:::h/*"), NOTHING),
    "a tag compared with a variable": (
        identity(allow("eks:*", "*", {"StringEquals": {TAG: "${aws:PrincipalTag/team}"}})),
        identity(allow("eks:*", "*", {"StringLike": {TAG: ["${aws:PrincipalTag/team}*", "x"]}})),
    ),
    "an escaped star": (get("arn:aws:s3:::h/${*}"), get("arn:aws:s3:::h/?")),
}

MORE = {
    "a short ARN covers every resource of its service": (get("arn:aws:s3"), get("arn:aws:s3:::shop/*")),
    "a short ARN in NotResource excludes the whole service": (
        identity(allow("s3:*")),
        identity(allow("*", None, NotResource="arn:aws:s3")),
    ),
    "a key that is not listed for the action": (
        identity(allow("s3:GetObject", "*", {"StringLike": {"s3:prefix": "*"}})),
        NOTHING,
    ),
    "a request tag that is not listed for the action": (
        identity(allow("eks:DescribeCluster", "*", {"StringEquals": {"aws:RequestTag/a": "b"}})),
        NOTHING,
    ),
    "a service-specific key of resource tags": (
        identity(allow("ssm:GetParameter", "*", {"StringEquals": {"ssm:resourceTag/stage": "test"}})),
        NOTHING,
    ),
    "a key of a role's session": (
        when("ArnLike", "lambda:SourceFunctionArn", "arn:aws:lambda:*:*:function:f"),
        NOTHING,
    ),
    "a variable of a role's session": (get("arn:aws:s3:::shop/${ec2:SourceInstanceARN}/*"), NOTHING),
    "a variable of another service's session": (get("arn:aws:s3:::shop/${datazone:userId}/*"), NOTHING),
    "a list action on all of a kind": (identity(allow("eks:ListClusters", "arn:aws:eks:*:*:cluster/*")), NOTHING),
    "another list action on all of a kind": (
        identity(allow("logs:DescribeLogGroups", "arn:aws:logs:*:*:log-group:*")),
        NOTHING,
    ),
    "a type of resource with two ARNs": (
        identity(allow("apigateway:SetWebACL", "arn:aws:apigateway:*::/restapis/*/stages/*")),
        NOTHING,
    ),
    "a multivalued key with one value satisfies a plain operator": (
        identity(allow("events:PutRule", "*", {"StringEquals": {"events:source": "aws.ec2"}})),
        NOTHING,
    ),
    "a multivalued key with several values satisfies no plain operator": (
        identity(allow("events:PutRule", "*", {"ForAnyValue:StringEquals": {"events:source": "aws.ec2"}})),
        identity(allow("events:PutRule", "*", {"StringLike": {"events:source": "*"}})),
    ),
    "a list of one value and a negated operator": (
        identity(allow("events:PutRule", "*", {"StringNotEquals": {"events:source": "aws.ec2"}})),
        identity(allow("events:PutRule", "*", {"Null": {"events:source": "true"}})),
    ),
    "resources are case-sensitive": (get("arn:aws:s3:::Shop/a"), get("arn:aws:s3:::shop/a")),
    "a star that crosses a slash": (get("arn:aws:s3:::shop/*"), get("arn:aws:s3:::shop/?")),
    "a star in the middle stays within its segment": (get("arn:aws:s3:*"), get("arn:aws:s3:*:*:*x")),
    "a single star matches every resource": (get("*"), get("arn:aws:s3:::*")),
    "NotAction against a list of actions": (
        identity(allow(None, NotAction="iam:*")),
        identity(allow(["s3:*", "ec2:*"])),
    ),
    "NotAction on a Deny does not deny the named actions": (
        identity(allow("*"), deny(None, NotAction="s3:*")),
        identity(allow("s3:Get*")),
    ),
    "a missing Deny": (
        identity(allow("s3:*"), deny("*", "arn:aws:s3:::a*")),
        identity(allow("s3:*"), deny("*", "arn:aws:s3:::a*"), deny("*", "arn:aws:s3:::b*")),
    ),
    "a Deny with a condition": (
        identity(allow("s3:*"), deny("*", "*", {"Bool": {"aws:SecureTransport": "false"}})),
        identity(deny("s3:GetObject"), allow("s3:*")),
    ),
    "IfExists holds for a missing key": (
        when("StringEqualsIfExists", "aws:PrincipalTag/t", "a"),
        when("StringEquals", "aws:PrincipalTag/t", "a"),
    ),
    "a negated condition on an absent tag": (
        identity(allow("eks:ListClusters", "*", {"StringNotEquals": {TAG: "a"}})),
        identity(allow("eks:ListClusters", "*", {"StringEquals": {TAG: "a"}})),
    ),
    "ForAllValues holds without the key": (
        identity(allow("eks:TagResource", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}})),
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}})),
    ),
    "ForAnyValue accepts additional values": (
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}})),
        identity(allow("eks:TagResource", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}})),
    ),
    "ForAnyValue of a negation is not the negation of ForAnyValue": (
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}})),
        identity(allow("eks:*", "*", {"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}})),
    ),
    "several values satisfy no plain negated operator": (
        identity(allow("eks:TagResource")),
        identity(allow("eks:TagResource", "*", {"StringNotEquals": {"aws:TagKeys": "a"}})),
    ),
    "a gap between two ranges": (
        when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        when("IpAddress", "aws:SourceIp", "10.0.0.0/9", "10.128.0.0/10", "10.192.0.0/11", "10.224.0.0/12"),
    ),
    "a range of the other IP version": (
        when("IpAddress", "aws:SourceIp", "::/0"),
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    ),
    "NotIpAddress does not hold for a text that is not an address": (
        when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
        get("*", {"Null": {"aws:SourceIp": "false"}}),
    ),
    "a number between two whole numbers": (
        get(
            "*",
            {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "1"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "2"}},
        ),
        NOTHING,
    ),
    "a date at the limit": (
        when("DateLessThanEquals", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
        when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00+00:00"),
    ),
    "StringLike crosses colons": (
        when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
        when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
    ),
    "one empty string is not a value for a set operator": (
        get("*", {"ForAllValues:StringEquals": {"v:k": "a"}, "StringEquals": {"v:k": ""}}),
        NOTHING,
    ),
    "two empty strings are values for a set operator": (get("*", {"ForAnyValue:StringEquals": {"v:k": ""}}), NOTHING),
    "a list fills no variable and does not use its default": (
        identity(
            allow("s3:GetObject", "arn:aws:s3:::h/x", {"Null": {"v:k": "false"}}),
            deny("*", "*", {"StringLike": {"v:k": "*"}}),
        ),
        get("arn:aws:s3:::h/${v:k, 'x'}"),
    ),
    "a key that the catalog does not know may be anywhere": (
        identity(allow("eks:ListClusters", "*", {"StringEquals": {"vendor:Key": "a"}})),
        NOTHING,
    ),
    "an action that the catalog does not know": (identity(allow("eks:InventedYesterday")), NOTHING),
    "a service that the catalog does not know": (identity(allow("invented:Do*")), identity(allow("invented:Don*"))),
    "only the old version takes variables literally": (
        identity(allow("s3:GetObject", "arn:aws:s3:::h/${aws:username}"), version=OLD_VERSION),
        get("arn:aws:s3:::h/${aws:username}"),
    ),
    "a variable is wider than one of its values": (
        get("arn:aws:s3:::h/${aws:username}/*"),
        get("arn:aws:s3:::h/bob/*"),
    ),
    "a variable is wider than many unusual names": (
        get("arn:aws:s3:::h/${aws:username}"),
        get([f"arn:aws:s3:::h/{chr(code)}" for code in range(0x100000, 0x100100)]),
    ),
    "a star is wider than a variable": (get("arn:aws:s3:::h/*"), get("arn:aws:s3:::h/${aws:username}*")),
    "a variable's value is literal": (get("arn:aws:s3:::h/?"), get("arn:aws:s3:::h/${aws:username}")),
    "two different variables": (get("arn:aws:s3:::h/${aws:username}"), get("arn:aws:s3:::h/${aws:PrincipalTag/t}")),
    "a value with colons shifts the segments of an ARN": (
        identity(
            allow("s3:GetObject", "*", {"StringLike": {"aws:PrincipalArn": "arn:aws:${aws:PrincipalTag/t}:::x"}}),
            deny("*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:*:*:*:x"}}),
        ),
        NOTHING,
    ),
    "NotResource with a variable that cannot be resolved does not apply": (
        get("arn:aws:s3:::h/x"),
        identity(allow("s3:*", None, NotResource="arn:aws:s3:::h/${aws:username}/*")),
    ),
}


def bounded(by: Any, *statements: Any) -> PolicySet:
    own = document(*statements)
    return PolicySet(identity=(own,), boundary=(document(by, kind=PolicyKind.BOUNDARY),))


def under(*levels: Any, management_account: str | None = None) -> PolicySet:
    scps = tuple((document(*level, kind=PolicyKind.SCP),) for level in levels)
    return PolicySet(identity=(document(allow("*")),), scps=scps, management_account=management_account)


LAYERED_WITHIN = {
    "a boundary limits identity policies": (bounded(allow("s3:*"), allow("*")), identity(allow("s3:*"))),
    "a boundary alone allows nothing": (bounded(allow("*"), allow("s3:Get*")), identity(allow("s3:Get*"))),
    "a Deny in the boundary": (
        bounded(allow("s3:*"), allow("*"), deny("s3:Put*")),
        identity(allow("s3:*"), deny("s3:Put*")),
    ),
    "the intersection of boundary and identity policies": (
        bounded(allow("s3:*", "arn:aws:s3:::a*"), allow("s3:GetObject", "arn:aws:s3:::*b/*")),
        get("arn:aws:s3:::a*b/*"),
    ),
    "every level of SCPs must allow": (
        under([allow("*")], [allow(["s3:*", "ec2:*"])], [allow("*"), deny("ec2:*")]),
        identity(allow("s3:*")),
    ),
    "the intersection of SCPs and a boundary": (
        PolicySet(
            identity=(document(allow("*")),),
            boundary=(document(allow("s3:*"), kind=PolicyKind.BOUNDARY),),
            scps=((document(allow("*"), deny("s3:Put*"), kind=PolicyKind.SCP),),),
        ),
        identity(allow("s3:*"), deny("s3:Put*")),
    ),
    "several identity policies are a union": (
        PolicySet(identity=(document(allow("s3:Get*")), document(allow("s3:Put*")))),
        identity(allow(["s3:Get*", "s3:Put*"])),
    ),
    "one of several session policies is enough": (
        PolicySet(identity=(document(allow("*")),), session=(document(allow("s3:*")), document(allow("ec2:*")))),
        identity(allow(["s3:*", "ec2:*"])),
    ),
}
LAYERED_MORE = {
    "without the boundary": (identity(allow("*")), bounded(allow("s3:*"), allow("*"))),
    "a level of SCPs without a matching Allow": (under([allow("*")]), under([allow("*")], [deny("iam:*")])),
    "SCPs do not limit the management account": (
        under([allow("s3:*")], management_account="111122223333"),
        under([allow("s3:*")]),
    ),
    "SCPs do not limit the management account of another organization": (
        under([allow("s3:*")], management_account="999988887777"),
        under([allow("s3:*")]),
    ),
    "SCPs limit all other accounts": (
        under([allow("*")], management_account="111122223333"),
        under([allow("s3:*")], management_account="111122223333"),
    ),
}


def in_session(*statements: Any) -> PolicySet:
    own = document(allow("*"))
    return PolicySet(identity=(own,), session=(document(*statements, kind=PolicyKind.SESSION),))


def with_resource_policy(*statements: Any) -> PolicySet:
    everyone = [{**statement, "Principal": "*"} for statement in statements]
    return PolicySet(resource=document(*everyone, kind=PolicyKind.RESOURCE))


OPEN = {
    "whether a session policy's short ARN is completed": (
        in_session(allow("s3:*", "arn:aws:s3")),
        in_session(allow("s3:*", "arn:aws:sqs:*")),
    ),
    "whether a session policy's short ARN denies": (
        in_session(allow("s3:GetObject", "arn:aws:s3:::*"), deny("s3:*", "arn:aws:s3")),
        in_session(allow("s3:*", "arn:aws:sqs:*")),
    ),
    "whether a resource policy's short ARN is completed": (
        with_resource_policy(allow("s3:GetObject", "arn:aws:s3")),
        with_resource_policy(allow("s3:GetObject", "arn:aws:sqs:*")),
    ),
    "whether several values satisfy a negated operator": (
        identity(allow("events:PutRule", "*", {"StringNotEquals": {"events:source": "a"}})),
        identity(
            allow("events:*", "*", {"Null": {"events:source": "true"}}),
            allow("events:*", "*", {"StringLike": {"events:source": "*"}}),
        ),
    ),
    "whether a pattern that is not an ARN matches": (when("ArnLike", "aws:SourceArn", "*"), NOTHING),
    "whether a date in another format matches": (when("DateGreaterThan", "aws:CurrentTime", "2020-1-1"), NOTHING),
    "whether an unreadable condition of a Deny holds": (
        identity(allow("s3:*")),
        identity(allow("s3:*"), deny("*", "*", {"Bool": {"aws:SecureTransport": "0"}})),
    ),
    "whether a list of addresses with a typo denies": (
        identity(allow("s3:GetObject", "*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        identity(allow("s3:*"), deny("s3:*", "*", {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "10.0.0.300"]}})),
    ),
    "whether a list action is authorized on one resource": (
        identity(allow("eks:ListClusters", "arn:aws:eks:*:*:cluster/prod")),
        NOTHING,
    ),
    "which resource type it is": (
        identity(allow("cloudformation:CreateChangeSet", "arn:aws:cloudformation:*:aws:transform/*")),
        NOTHING,
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_point_that_the_documentation_leaves_open_is_unknown(name: str, catalog: Catalog) -> None:
    verdict = compare(*OPEN[name], catalog=catalog)
    assert isinstance(verdict, Unknown), verdict
    said = ("AWS documents no resource", "AWS does not document whether", "does not know the type of resource")
    assert any(text in verdict.reason for text in said)


def test_an_open_point_without_effect_is_proved(catalog: Catalog) -> None:
    garbled = identity(allow("s3:*", "*", {"NumericLessThan": {"s3:max-keys": "ten"}}))
    assert isinstance(compare(garbled, garbled, catalog=catalog), Proved)
    assert isinstance(compare(garbled, identity(allow("s3:*")), catalog=catalog), Proved)
    short = in_session(allow("s3:*", "arn:aws:s3"))
    assert isinstance(compare(short, short, catalog=catalog), Proved)
    assert isinstance(compare(short, in_session(allow("s3:*", "arn:aws:s3:*:*:*")), catalog=catalog), Proved)


@pytest.mark.parametrize("name", [*WITHIN, *LAYERED_WITHIN])
def test_a_narrower_policy_is_proved(name: str, catalog: Catalog) -> None:
    new, old = {**WITHIN, **LAYERED_WITHIN}[name]
    verdict = compare(new, old, catalog=catalog)
    assert isinstance(verdict, Proved), verdict


@pytest.mark.parametrize("name", [name for name, (_, old) in WITHIN.items() if old is not NOTHING])
def test_a_proved_policy_allows_some_request(name: str, catalog: Catalog) -> None:
    assert isinstance(compare(WITHIN[name][0], NOTHING, catalog=catalog), Refuted)


@pytest.mark.parametrize("name", [*MORE, *LAYERED_MORE])
def test_a_wider_policy_is_refuted_by_a_request_that_replays(name: str, catalog: Catalog) -> None:
    new, old = {**MORE, **LAYERED_MORE}[name]
    verdict = compare(new, old, catalog=catalog)
    assert isinstance(verdict, Refuted), verdict
    assert verdict.counterexample is not None
    request = verdict.counterexample.request
    assert compile_policies(new).decide(request).allowed
    assert not compile_policies(old).decide(request).allowed


def test_a_role_without_a_trust_policy_admits_nobody(catalog: Catalog) -> None:
    described = allow("eks:DescribeCluster")
    shared = document({**described, "Principal": "*"}, kind=PolicyKind.RESOURCE)
    old = replace(identity(described), resource=shared)
    verdict = compare(identity(allow(["eks:DescribeCluster", "sts:AssumeRole"])), old, catalog=catalog)
    assert isinstance(verdict, Proved), verdict


def test_a_timeout_gives_unknown(catalog: Catalog) -> None:
    verdict = compare(identity(allow("*")), identity(allow("s3:*")), catalog=catalog, timeout=0)
    assert isinstance(verdict, Unknown)
    assert "no answer within 0 s" in verdict.reason


def test_a_key_compared_as_string_and_as_address_is_decided_or_unknown(catalog: Catalog) -> None:
    text = {"StringLike": {"x:y": "10.*"}, "IpAddress": {"x:y": "10.0.0.0/8"}}
    verdict = compare(get("*", text), when("StringEquals", "x:y", "10.0.0.0"), catalog=catalog)
    assert isinstance(verdict, Unknown | Refuted)
    none = {"StringEquals": {"x:y": ["a", "11.1.1.1"]}, "IpAddress": {"x:y": "10.0.0.0/8"}}
    assert isinstance(compare(get("*", none), NOTHING, catalog=catalog), Proved)


def test_letters_with_an_uncertain_lower_case_are_unknown(catalog: Catalog) -> None:
    new = when("StringEqualsIgnoreCase", "aws:UserAgent", "\u03a3")
    verdict = compare(new, when("StringEquals", "aws:UserAgent", "\u03a3", "\u03c3"), catalog=catalog)
    assert isinstance(verdict, Unknown)
    assert "lower case" in verdict.reason


def test_the_kelvin_sign_equals_k_if_case_is_ignored(catalog: Catalog) -> None:
    new = when("StringEqualsIgnoreCase", "aws:UserAgent", "k")
    verdict = compare(new, when("StringEquals", "aws:UserAgent", "k", "K"), catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert verdict.counterexample.request.context["aws:useragent"] == "\u212a"


def test_a_variable_with_colons_matches_as_string_but_not_as_arn(catalog: Catalog) -> None:
    """If the variable is `a:b`, the Allow matches and the Deny does not."""
    same = {"aws:PrincipalArn": "arn:aws:${aws:PrincipalTag/t}:::x"}
    new = identity(allow("s3:GetObject", "*", {"StringLike": same}), deny("*", "*", {"ArnLike": same}))
    context = {"aws:PrincipalTag/t": "a:b", "aws:PrincipalArn": "arn:aws:a:b:::x"}
    request = Request("arn:aws:iam::111122223333:user/bob", "s3:GetObject", OBJECT, context=context)
    assert compile_policies(new).decide(request).allowed
    assert not isinstance(compare(new, NOTHING, catalog=catalog), Proved)


def test_many_letters_with_ignored_case_are_fast(catalog: Catalog) -> None:
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    started = time.process_time()
    verdict = compare(
        when("StringEqualsIgnoreCase", "s3:prefix", letters),
        when("StringEqualsIgnoreCase", "s3:prefix", "x"),
        catalog=catalog,
    )
    assert isinstance(verdict, Refuted)
    assert time.process_time() - started < 5


def test_a_variable_that_appears_many_times_is_fast(catalog: Catalog) -> None:
    """The resource found is a long one of the other pattern: not every split into values may be tried."""
    name, place = "${aws:username}", "arn:aws:s3:::h/"
    new = get([f"{place}{name}{f'*x{name}' * 24}END", f"{place}{name}{'x' * 60}"])
    started = time.process_time()
    verdict = compare(new, get([f"{place}{name}/1", f"{place}q{name}"]), catalog=catalog, timeout=60)
    assert isinstance(verdict, Refuted)
    assert time.process_time() - started < 5


def test_an_unknown_service_with_many_patterns_respects_the_timeout(catalog: Catalog) -> None:
    patterns = [allow(f"invented:*{one}*{other}*") for one in "abcde" for other in "fghij"]
    verdict = compare(identity(*patterns), identity(*patterns[1:]), catalog=catalog, timeout=0.5)
    assert isinstance(verdict, Unknown)
    assert "no answer within 0.5 s" in verdict.reason


@pytest.mark.parametrize(
    ("wide", "action"), [("*", "s3:GetObject"), ("iam:*", "iam:PassRole"), ("s3:Put*", "s3:PutObject")]
)
def test_a_counterexample_has_an_action_that_a_reader_knows(wide: str, action: str, catalog: Catalog) -> None:
    verdict = compare(identity(allow(wide)), identity(allow("sqs:SendMessage")), catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert verdict.counterexample.request.action.lower() == action.lower()
