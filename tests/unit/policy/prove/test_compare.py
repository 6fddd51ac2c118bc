"""Pairs of policies, each with the verdict that the documentation gives. What is in `MORE` must be shown."""

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
"""Allows no request: the action does not work on such a resource."""

WITHIN = {
    # Patterns
    "a policy lies within itself": (get(OBJECT), get(OBJECT)),
    "the case of actions does not matter": (identity(allow("S3:GETOBJECT")), identity(allow("s3:getobject"))),
    "overlapping globs": (get("arn:aws:s3:::a*b/*"), get("arn:aws:s3:::a*")),
    "two globs cover one": (get("arn:aws:s3:::?/x"), identity(allow("s3:*", ["arn:aws:s3:::?/*", "arn:aws:s3:::b*"]))),
    "a question mark is a star's part": (get("arn:aws:s3:::sh?p/a"), get("arn:aws:s3:::sh*p/*")),
    "two stars are one": (get("arn:aws:s3:::shop/**"), get("arn:aws:s3:::shop/*")),
    "a last star runs on over colons": (get("arn:aws:s3:::shop/a:b:c"), get("arn:aws:s3:*")),
    "a bucket is no object": (get("arn:aws:s3:::shop"), NOTHING),
    "actions by wildcard mean those of today": (
        identity(allow("sts:Assume*")),
        identity(allow(["sts:AssumeRole", "sts:AssumeRoleWith*", "sts:AssumeRoot"])),
    ),
    "NotAction is the complement": (
        identity(allow(None, NotAction=["s3:*", "ec2:*"])),
        identity(allow(None, NotAction="s3:Get*")),
    ),
    "NotResource is the complement": (
        identity(allow("s3:GetObject", None, NotResource=["arn:aws:s3:::a*", "arn:aws:s3:::b*"])),
        identity(allow("s3:GetObject", None, NotResource="arn:aws:s3:::a*")),
    ),
    "a later statement may allow it": (get(OBJECT), identity(deny("s3:Put*"), allow("ec2:*"), allow("s3:Get*"))),
    "a short ARN is completed": (get("arn:aws:s3"), get("arn:aws:s3:*:*:*")),
    "a completed ARN is a short one": (get("arn:aws:s3:*:*:*"), get("arn:aws:s3")),
    "a short ARN of a Deny": (
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
    "several Deny together": (
        identity(
            allow("s3:GetObject"),
            deny("*", "arn:aws:s3:::a*"),
            deny("*", None, NotResource="arn:*:s3:::?*/*"),
            deny("s3:*", "arn:*:s3:::b*"),
        ),
        identity(allow("s3:*"), deny("*", ["arn:aws:s3:::a*", "arn:aws:s3:::b*"])),
    ),
    "what both deny does not matter": (
        identity(allow("*"), deny("*", "*", {"Bool": {"aws:SecureTransport": "false"}})),
        identity(allow("*"), deny("*", "*", {"Bool": {"aws:SecureTransport": ["false", "FALSE"]}})),
    ),
    # Presence
    "a missing key fails a positive operator": (
        when("StringEquals", "aws:PrincipalTag/t", "a"),
        identity(allow("s3:*", "*", {"Null": {"aws:PrincipalTag/t": "false"}})),
    ),
    "Null true and a value never go together": (
        get("*", {"Null": {"aws:SourceIp": "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        NOTHING,
    ),
    "Null true, false and both": (get(), identity(allow("s3:*", "*", {"Null": {"aws:SourceIp": ["true", "false"]}}))),
    "IfExists is wider": (
        when("StringEquals", "aws:PrincipalTag/t", "a"),
        when("StringEqualsIfExists", "aws:PrincipalTag/t", "a"),
    ),
    "IfExists is plain or missing": (
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
    "a list action carries no tag": (
        identity(allow("eks:ListClusters", "*", {"StringEquals": {TAG: "a"}})),
        NOTHING,
    ),
    "a negated test of a tag that cannot be there is none": (
        identity(allow("eks:ListClusters")),
        identity(allow("eks:*", "*", {"StringNotEquals": {TAG: "a"}})),
    ),
    # Strings
    "Like contains Equals": (when("StringEquals", "aws:UserAgent", "abc"), when("StringLike", "aws:UserAgent", "a*c")),
    "Equals takes a star literally": (
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
    "IgnoreCase contains Equals": (
        when("StringEquals", "aws:UserAgent", "ABC", "aBc"),
        when("StringEqualsIgnoreCase", "aws:UserAgent", "abc"),
    ),
    "a key's name has any case": (
        when("StringEquals", "AWS:USERAGENT", "a"),
        when("StringEquals", "aws:UserAgent", "a"),
    ),
    # Other families
    "a range within a range": (
        when("IpAddress", "aws:SourceIp", "10.1.0.0/16"),
        when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ),
    "two halves are the whole": (
        when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        when("IpAddress", "aws:SourceIp", "10.0.0.0/9", "10.128.0.0/9"),
    ),
    "every address is IPv4 or IPv6": (
        get("*", {"Null": {"aws:SourceIp": "false"}}),
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0", "::/0"),
    ),
    "not in the larger is not in the smaller": (
        when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
        when("NotIpAddress", "aws:SourceIp", "10.9.0.0/16"),
    ),
    "less is less or equal": (
        when("NumericLessThan", "aws:MultiFactorAuthAge", "10"),
        when("NumericLessThanEquals", "aws:MultiFactorAuthAge", "10.0"),
    ),
    "less or equal and not equal is less": (
        get(
            "*",
            {
                "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "10"},
                "NumericNotEquals": {"aws:MultiFactorAuthAge": "10"},
            },
        ),
        when("NumericLessThan", "aws:MultiFactorAuthAge", "10"),
    ),
    "dates in two notations": (
        when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
        when("DateLessThan", "aws:CurrentTime", "1767225601"),
    ),
    "true and false are all booleans": (
        get("*", {"Null": {"aws:SecureTransport": "false"}}),
        identity(
            allow("s3:*", "*", {"Bool": {"aws:SecureTransport": "true"}}),
            allow("s3:*", "*", {"Bool": {"aws:SecureTransport": "False"}}),
        ),
    ),
    "ArnLike stays in its segment": (
        when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
        when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
    ),
    "ArnEquals is ArnLike": (
        when("ArnEquals", "aws:SourceArn", "arn:aws:s3:::*"),
        when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
    ),
    "what is no ARN matches no pattern of one": (
        when("ArnLike", "aws:SourceArn", "*:*:*:*:*:*"),
        when("StringLike", "aws:SourceArn", "arn:*"),
    ),
    "a variable's value stays in its segment": (
        get("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:${v:k}:1:x"}, "StringEquals": {"v:k": "a:b"}}),
        NOTHING,
    ),
    "a single value of a key of several is any of them": (
        identity(allow("events:PutRule", "*", {"StringEquals": {"events:source": "aws.ec2"}})),
        identity(allow("events:PutRule", "*", {"ForAllValues:StringEquals": {"events:source": ["aws.ec2", "b"]}})),
    ),
    "a list of one cannot stand in a text either": (
        get("arn:aws:s3:::h/${aws:TagKeys}/*", {"StringEquals": {"aws:TagKeys": "a"}}),
        NOTHING,
    ),
    "a single value that is not another": (
        identity(
            allow(
                "events:PutRule",
                "*",
                {"StringLike": {"events:source": "*"}, "StringNotEquals": {"events:source": "aws.ec2"}},
            )
        ),
        identity(allow("events:*", "*", {"StringNotEquals": {"events:source": "aws.ec2"}})),
    ),
    "what both sides leave open does not matter": (
        identity(allow("events:*"), deny("*", "*", {"StringNotEquals": {"events:source": ["a", "b"]}})),
        identity(allow("events:*"), deny("*", "*", {"StringNotEquals": {"events:source": ["b", "a"]}})),
    ),
    "binary values byte for byte": (when("BinaryEquals", "x:b", "QQ=="), when("BinaryEquals", "x:b", "Qg==", "QQ==")),
    # Sets
    "ForAllValues holds for a missing key": (
        get("*", {"Null": {"aws:TagKeys": "true"}}),
        when("ForAllValues:StringEquals", "aws:TagKeys", "a"),
    ),
    "ForAnyValue wants a value": (
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringLike": {"aws:TagKeys": "*"}})),
        identity(allow("eks:*", "*", {"Null": {"aws:TagKeys": "false"}})),
    ),
    "ForAllValues of fewer": (
        identity(allow("eks:TagResource", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}})),
        identity(allow("eks:*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})),
    ),
    "all within and some at all is some within": (
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
    "an old version takes variables as text": (
        identity(allow("s3:GetObject", "arn:aws:s3:::h/${aws:username}/x"), version=OLD_VERSION),
        get("arn:aws:s3:::h/$?aws:*"),
    ),
    "a variable is within a star": (get("arn:aws:s3:::h/${aws:username}/*"), get("arn:aws:s3:::h/*/*")),
    "a longer path with one variable": (
        get("arn:aws:s3:::h/${aws:username}/docs/*"),
        get("arn:aws:s3:::h/${aws:username}/*"),
    ),
    "a variable that its own key decides": (
        get("arn:aws:s3:::h/${aws:username}/*", {"StringEquals": {"aws:username": "bob"}}),
        get("arn:aws:s3:::h/bob/*"),
    ),
    "a variable that its own key bounds": (
        get("arn:aws:s3:::h/${aws:username}/*", {"StringLike": {"aws:username": "team-*"}}),
        get("arn:aws:s3:::h/team-*"),
    ),
    "a variable that cannot be resolved": (
        get("arn:aws:s3:::h/${aws:username}/*", {"Null": {"aws:username": "true"}}),
        NOTHING,
    ),
    "a default in place of a missing value": (
        get("arn:aws:s3:::h/${aws:username, 'all'}/*", {"Null": {"aws:username": "true"}}),
        get("arn:aws:s3:::h/all/*"),
    ),
    "a variable before the fifth colon never matches": (get("arn:aws:${aws:username}:::h/*"), NOTHING),
    "a tag that equals a variable": (
        identity(allow("eks:*", "*", {"StringEquals": {TAG: "${aws:PrincipalTag/team}"}})),
        identity(allow("eks:*", "*", {"StringLike": {TAG: ["${aws:PrincipalTag/team}*", "x"]}})),
    ),
    "an escaped star": (get("arn:aws:s3:::h/${*}"), get("arn:aws:s3:::h/?")),
}

MORE = {
    "a short ARN is every resource of its service": (get("arn:aws:s3"), get("arn:aws:s3:::shop/*")),
    "a short ARN in NotResource leaves all of it out": (
        identity(allow("s3:*")),
        identity(allow("*", None, NotResource="arn:aws:s3")),
    ),
    "a key that is not listed for the action": (
        identity(allow("s3:GetObject", "*", {"StringLike": {"s3:prefix": "*"}})),
        NOTHING,
    ),
    "a tag in a request that is not known to have any": (
        identity(allow("eks:DescribeCluster", "*", {"StringEquals": {"aws:RequestTag/a": "b"}})),
        NOTHING,
    ),
    "a tag key that the reference writes as words": (
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
    "a key of several values has one and meets a plain operator": (
        identity(allow("events:PutRule", "*", {"StringEquals": {"events:source": "aws.ec2"}})),
        NOTHING,
    ),
    "a key of several values has several and meets no plain operator": (
        identity(allow("events:PutRule", "*", {"ForAnyValue:StringEquals": {"events:source": "aws.ec2"}})),
        identity(allow("events:PutRule", "*", {"StringLike": {"events:source": "*"}})),
    ),
    "a list of one value and a negated operator": (
        identity(allow("events:PutRule", "*", {"StringNotEquals": {"events:source": "aws.ec2"}})),
        identity(allow("events:PutRule", "*", {"Null": {"events:source": "true"}})),
    ),
    "another case of the resource": (get("arn:aws:s3:::Shop/a"), get("arn:aws:s3:::shop/a")),
    "a star that crosses a slash": (get("arn:aws:s3:::shop/*"), get("arn:aws:s3:::shop/?")),
    "a star in the middle keeps to its segment": (get("arn:aws:s3:*"), get("arn:aws:s3:*:*:*x")),
    "the wildcard that is everything": (get("*"), get("arn:aws:s3:::*")),
    "NotAction against a list": (identity(allow(None, NotAction="iam:*")), identity(allow(["s3:*", "ec2:*"]))),
    "NotAction on a Deny lets the named through": (
        identity(allow("*"), deny(None, NotAction="s3:*")),
        identity(allow("s3:Get*")),
    ),
    "a Deny too few": (
        identity(allow("s3:*"), deny("*", "arn:aws:s3:::a*")),
        identity(allow("s3:*"), deny("*", "arn:aws:s3:::a*"), deny("*", "arn:aws:s3:::b*")),
    ),
    "a Deny under a condition": (
        identity(allow("s3:*"), deny("*", "*", {"Bool": {"aws:SecureTransport": "false"}})),
        identity(deny("s3:GetObject"), allow("s3:*")),
    ),
    "IfExists lets the missing key through": (
        when("StringEqualsIfExists", "aws:PrincipalTag/t", "a"),
        when("StringEquals", "aws:PrincipalTag/t", "a"),
    ),
    "a negated test of a tag that is not there": (
        identity(allow("eks:ListClusters", "*", {"StringNotEquals": {TAG: "a"}})),
        identity(allow("eks:ListClusters", "*", {"StringEquals": {TAG: "a"}})),
    ),
    "ForAllValues lets the missing key through": (
        identity(allow("eks:TagResource", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}})),
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}})),
    ),
    "ForAnyValue lets others come along": (
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}})),
        identity(allow("eks:TagResource", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}})),
    ),
    "ForAnyValue of a negation is not the negation of ForAnyValue": (
        identity(allow("eks:TagResource", "*", {"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}})),
        identity(allow("eks:*", "*", {"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}})),
    ),
    "a key of several values holds under no plain operator": (
        identity(allow("eks:TagResource")),
        identity(allow("eks:TagResource", "*", {"StringNotEquals": {"aws:TagKeys": "a"}})),
    ),
    "a gap between two ranges": (
        when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        when("IpAddress", "aws:SourceIp", "10.0.0.0/9", "10.128.0.0/10", "10.192.0.0/11", "10.224.0.0/12"),
    ),
    "a range of the other version": (
        when("IpAddress", "aws:SourceIp", "::/0"),
        when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    ),
    "not an address, and none at all": (
        when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
        get("*", {"Null": {"aws:SourceIp": "false"}}),
    ),
    "between two whole numbers": (
        get(
            "*",
            {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "1"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "2"}},
        ),
        NOTHING,
    ),
    "at the limit": (
        when("DateLessThanEquals", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
        when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00+00:00"),
    ),
    "StringLike crosses colons": (
        when("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
        when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
    ),
    "one empty string is no value to a set operator": (
        get("*", {"ForAllValues:StringEquals": {"v:k": "a"}, "StringEquals": {"v:k": ""}}),
        NOTHING,
    ),
    "two empty strings are": (get("*", {"ForAnyValue:StringEquals": {"v:k": ""}}), NOTHING),
    "a list has no value for a variable, nor takes it the default": (
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
    "an old version takes variables as text, the new one does not": (
        identity(allow("s3:GetObject", "arn:aws:s3:::h/${aws:username}"), version=OLD_VERSION),
        get("arn:aws:s3:::h/${aws:username}"),
    ),
    "a variable against one of its values": (get("arn:aws:s3:::h/${aws:username}/*"), get("arn:aws:s3:::h/bob/*")),
    "a variable against odd characters, each of them a name": (
        get("arn:aws:s3:::h/${aws:username}"),
        get([f"arn:aws:s3:::h/{chr(code)}" for code in range(0x100000, 0x100100)]),
    ),
    "a star against a variable": (get("arn:aws:s3:::h/*"), get("arn:aws:s3:::h/${aws:username}*")),
    "a variable's value is literal": (get("arn:aws:s3:::h/?"), get("arn:aws:s3:::h/${aws:username}")),
    "two different variables": (get("arn:aws:s3:::h/${aws:username}"), get("arn:aws:s3:::h/${aws:PrincipalTag/t}")),
    "a value with colons moves the segments of an ARN": (
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
    "a boundary bounds": (bounded(allow("s3:*"), allow("*")), identity(allow("s3:*"))),
    "a boundary grants nothing": (bounded(allow("*"), allow("s3:Get*")), identity(allow("s3:Get*"))),
    "a Deny of the boundary": (
        bounded(allow("s3:*"), allow("*"), deny("s3:Put*")),
        identity(allow("s3:*"), deny("s3:Put*")),
    ),
    "boundary and identity meet": (
        bounded(allow("s3:*", "arn:aws:s3:::a*"), allow("s3:GetObject", "arn:aws:s3:::*b/*")),
        get("arn:aws:s3:::a*b/*"),
    ),
    "every level of SCPs": (
        under([allow("*")], [allow(["s3:*", "ec2:*"])], [allow("*"), deny("ec2:*")]),
        identity(allow("s3:*")),
    ),
    "SCP and boundary meet": (
        PolicySet(
            identity=(document(allow("*")),),
            boundary=(document(allow("s3:*"), kind=PolicyKind.BOUNDARY),),
            scps=((document(allow("*"), deny("s3:Put*"), kind=PolicyKind.SCP),),),
        ),
        identity(allow("s3:*"), deny("s3:Put*")),
    ),
    "several policies are one": (
        PolicySet(identity=(document(allow("s3:Get*")), document(allow("s3:Put*")))),
        identity(allow(["s3:Get*", "s3:Put*"])),
    ),
    "one of several session policies suffices": (
        PolicySet(identity=(document(allow("*")),), session=(document(allow("s3:*")), document(allow("ec2:*")))),
        identity(allow(["s3:*", "ec2:*"])),
    ),
}
LAYERED_MORE = {
    "without the boundary": (identity(allow("*")), bounded(allow("s3:*"), allow("*"))),
    "a level of SCPs without Allow": (under([allow("*")]), under([allow("*")], [deny("iam:*")])),
    "no SCP for the management account": (
        under([allow("s3:*")], management_account="111122223333"),
        under([allow("s3:*")]),
    ),
    "no SCP for another management account": (
        under([allow("s3:*")], management_account="999988887777"),
        under([allow("s3:*")]),
    ),
    "SCPs for all but the management account": (
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
    "whether several values meet a negated operator": (
        identity(allow("events:PutRule", "*", {"StringNotEquals": {"events:source": "a"}})),
        identity(
            allow("events:*", "*", {"Null": {"events:source": "true"}}),
            allow("events:*", "*", {"StringLike": {"events:source": "*"}}),
        ),
    ),
    "whether a pattern that is no ARN matches": (when("ArnLike", "aws:SourceArn", "*"), NOTHING),
    "whether a date in another form is met": (when("DateGreaterThan", "aws:CurrentTime", "2020-1-1"), NOTHING),
    "whether a condition of a Deny holds that cannot be read": (
        identity(allow("*")),
        identity(allow("*"), deny("*", "*", {"Bool": {"aws:SecureTransport": "0"}})),
    ),
    "whether a list of addresses with a slip denies": (
        identity(allow("s3:GetObject", "*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        identity(allow("s3:*"), deny("s3:*", "*", {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "10.0.0.300"]}})),
    ),
    "whether a list action is decided on one resource": (
        identity(allow("eks:ListClusters", "arn:aws:eks:*:*:cluster/prod")),
        NOTHING,
    ),
    "which type of resource it is": (
        identity(allow("cloudformation:CreateChangeSet", "arn:aws:cloudformation:*:aws:transform/*")),
        NOTHING,
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_the_documentation_leaves_open_is_unknown(name: str, catalog: Catalog) -> None:
    verdict = compare(*OPEN[name], catalog=catalog)
    assert isinstance(verdict, Unknown), verdict
    said = ("AWS documents no resource", "AWS does not document whether", "does not know what type of resource")
    assert any(text in verdict.reason for text in said)


def test_what_is_open_is_proved_where_it_makes_no_difference(catalog: Catalog) -> None:
    garbled = identity(allow("s3:*", "*", {"NumericLessThan": {"s3:max-keys": "ten"}}))
    assert isinstance(compare(garbled, garbled, catalog=catalog), Proved)
    assert isinstance(compare(garbled, identity(allow("s3:*")), catalog=catalog), Proved)
    short = in_session(allow("s3:*", "arn:aws:s3"))
    assert isinstance(compare(short, short, catalog=catalog), Proved)
    assert isinstance(compare(short, in_session(allow("s3:*", "arn:aws:s3:*:*:*")), catalog=catalog), Proved)


@pytest.mark.parametrize("name", [*WITHIN, *LAYERED_WITHIN])
def test_what_lies_within_is_proved(name: str, catalog: Catalog) -> None:
    new, old = {**WITHIN, **LAYERED_WITHIN}[name]
    verdict = compare(new, old, catalog=catalog)
    assert isinstance(verdict, Proved), verdict


@pytest.mark.parametrize("name", [name for name, (_, old) in WITHIN.items() if old is not NOTHING])
def test_what_was_proved_was_not_about_nothing(name: str, catalog: Catalog) -> None:
    assert isinstance(compare(WITHIN[name][0], NOTHING, catalog=catalog), Refuted)


@pytest.mark.parametrize("name", [*MORE, *LAYERED_MORE])
def test_what_does_not_is_refuted_by_a_request_that_replays(name: str, catalog: Catalog) -> None:
    new, old = {**MORE, **LAYERED_MORE}[name]
    verdict = compare(new, old, catalog=catalog)
    assert isinstance(verdict, Refuted), verdict
    assert verdict.counterexample is not None
    request = verdict.counterexample.request
    assert compile_policies(new).decide(request).allowed
    assert not compile_policies(old).decide(request).allowed


def test_a_role_without_a_trust_policy_lets_nobody_in_whatever_its_name(catalog: Catalog) -> None:
    described = allow("eks:DescribeCluster")
    shared = document({**described, "Principal": "*"}, kind=PolicyKind.RESOURCE)
    old = replace(identity(described), resource=shared)
    verdict = compare(identity(allow(["eks:DescribeCluster", "sts:AssumeRole"])), old, catalog=catalog)
    assert isinstance(verdict, Proved), verdict


def test_too_little_time_makes_it_unknown(catalog: Catalog) -> None:
    verdict = compare(identity(allow("*")), identity(allow("s3:*")), catalog=catalog, timeout=0)
    assert isinstance(verdict, Unknown)
    assert "no answer within 0 s" in verdict.reason


def test_a_key_that_is_compared_as_text_and_as_address_is_decided_or_unknown(catalog: Catalog) -> None:
    text = {"StringLike": {"x:y": "10.*"}, "IpAddress": {"x:y": "10.0.0.0/8"}}
    verdict = compare(get("*", text), when("StringEquals", "x:y", "10.0.0.0"), catalog=catalog)
    assert isinstance(verdict, Unknown | Refuted)
    none = {"StringEquals": {"x:y": ["a", "11.1.1.1"]}, "IpAddress": {"x:y": "10.0.0.0/8"}}
    assert isinstance(compare(get("*", none), NOTHING, catalog=catalog), Proved)


def test_letters_whose_lower_case_is_uncertain_are_no_proof(catalog: Catalog) -> None:
    new = when("StringEqualsIgnoreCase", "aws:UserAgent", "\u03a3")
    verdict = compare(new, when("StringEquals", "aws:UserAgent", "\u03a3", "\u03c3"), catalog=catalog)
    assert isinstance(verdict, Unknown)
    assert "lower case" in verdict.reason


def test_the_kelvin_sign_is_a_k(catalog: Catalog) -> None:
    new = when("StringEqualsIgnoreCase", "aws:UserAgent", "k")
    verdict = compare(new, when("StringEquals", "aws:UserAgent", "k", "K"), catalog=catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert verdict.counterexample.request.context["aws:useragent"] == "\u212a"


def test_a_value_with_colons_matches_as_text_and_not_as_arn(catalog: Catalog) -> None:
    """With `a:b` for the variable the Allow matches and the Deny does not."""
    same = {"aws:PrincipalArn": "arn:aws:${aws:PrincipalTag/t}:::x"}
    new = identity(allow("s3:GetObject", "*", {"StringLike": same}), deny("*", "*", {"ArnLike": same}))
    context = {"aws:PrincipalTag/t": "a:b", "aws:PrincipalArn": "arn:aws:a:b:::x"}
    request = Request("arn:aws:iam::111122223333:user/bob", "s3:GetObject", OBJECT, context=context)
    assert compile_policies(new).decide(request).allowed
    assert not isinstance(compare(new, NOTHING, catalog=catalog), Proved)


def test_many_letters_without_case_take_no_longer_than_few(catalog: Catalog) -> None:
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    started = time.monotonic()
    verdict = compare(
        when("StringEqualsIgnoreCase", "s3:prefix", letters),
        when("StringEqualsIgnoreCase", "s3:prefix", "x"),
        catalog=catalog,
    )
    assert isinstance(verdict, Refuted)
    assert time.monotonic() - started < 5


def test_a_variable_many_times_takes_no_longer_than_once(catalog: Catalog) -> None:
    """The resource that comes up is of the other pattern, and a long one: it must not be tried in each way."""
    name, place = "${aws:username}", "arn:aws:s3:::h/"
    new = get([f"{place}{name}{f'*x{name}' * 24}END", f"{place}{name}{'x' * 60}"])
    started = time.monotonic()
    verdict = compare(new, get([f"{place}{name}/1", f"{place}q{name}"]), catalog=catalog, timeout=5)
    assert isinstance(verdict, Refuted)
    assert time.monotonic() - started < 5


def test_a_service_that_nobody_knows_takes_no_longer_than_any(catalog: Catalog) -> None:
    patterns = [allow(f"invented:*{one}*{other}*") for one in "abcde" for other in "fghij"]
    verdict = compare(identity(*patterns), identity(*patterns[1:]), catalog=catalog, timeout=0.5)
    assert isinstance(verdict, Unknown)
    assert "no answer within 0.5 s" in verdict.reason
