import json

import pytest

from leastway.policy import PolicyError, PolicyKind, parse_policy, render, render_text
from leastway.policy.model import BaseOperator, Effect, PrincipalType, SetQuantifier, Values

FULL = """{
  "Version": "2012-10-17",
  "Id": "bucket",
  "Statement": [
    {
      "Sid": "Read it", "Effect": "Allow",
      "Principal": {"AWS": ["111122223333", "arn:aws:iam::444455556666:root"], "Service": "s3.amazonaws.com"},
      "Action": ["s3:Get*", "S3:listBucket"], "Resource": "arn:aws:s3:::shop/*",
      "Condition": {
        "Bool": {"aws:SecureTransport": true},
        "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", 7, 1.5]}
      }
    },
    {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "NotAction": "s3:*", "NotResource": ["*"],
     "Condition": {}}
  ]
}"""


def test_every_element_is_read() -> None:
    document = parse_policy(FULL, kind=PolicyKind.RESOURCE)
    first, second = document.statements
    assert (document.version, document.id, document.single_statement) == ("2012-10-17", "bucket", False)
    assert (first.effect, first.sid, first.actions) == (Effect.ALLOW, "Read it", Values(("s3:Get*", "S3:listBucket")))
    assert first.resources == Values(("arn:aws:s3:::shop/*",), single=True)
    assert first.principal is not None
    assert list(first.principal.names())[-1] == (PrincipalType.SERVICE, "s3.amazonaws.com")
    secure, tag_keys = first.tests()
    assert secure[1:] == ("aws:SecureTransport", Values(("true",), single=True, bare=(0,)))
    assert (tag_keys[0].base, tag_keys[0].quantifier) == (BaseOperator.STRING_LIKE, SetQuantifier.FOR_ANY_VALUE)
    assert tag_keys[0].if_exists
    assert list(tag_keys[2]) == ["a", "7", "1.5"]
    assert second.not_principal is not None
    assert second.empty_condition


def test_text_object_and_bytes_parse_alike_and_rendering_restores_the_object() -> None:
    document = parse_policy(FULL, kind=PolicyKind.RESOURCE)
    assert document == parse_policy(FULL.encode(), kind=PolicyKind.RESOURCE)
    assert document == parse_policy("\ufeff" + FULL, kind=PolicyKind.RESOURCE)
    assert document == parse_policy(json.loads(FULL), kind=PolicyKind.RESOURCE)
    assert render(document) == json.loads(FULL) == json.loads(render_text(document, indent=2))


def test_a_single_statement_is_rendered_without_a_list() -> None:
    text = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    document = parse_policy(text, kind=PolicyKind.IDENTITY)
    assert (document.single_statement, document.version, document.has_variables) == (True, None, False)
    assert render_text(document) == text


def identity(**elements: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **elements}
    return {"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]}


@pytest.mark.parametrize(
    ("policy", "place", "message"),
    [
        (identity(Effect="allow"), "/Statement/0/Effect", "did you mean Allow"),
        (identity(Effect=None), "/Statement/0", "no Effect"),
        (identity(effect="Allow"), "/Statement/0/effect", "did you mean Effect"),
        (identity(Action=None), "/Statement/0", "neither Action nor NotAction"),
        (identity(Resource=None), "/Statement/0", "neither Resource nor NotResource"),
        (identity(NotAction="*"), "/Statement/0/NotAction", "not both"),
        (identity(NotResource="*"), "/Statement/0/NotResource", "not both"),
        (identity(Action=["s3:Get", "GetObject"]), "/Statement/0/Action/1", "is not a valid action"),
        (identity(Action="s*:Get"), "/Statement/0/Action", "is not a valid action"),
        (identity(Action="s3:"), "/Statement/0/Action", "is not a valid action"),
        (identity(Action=[]), "/Statement/0/Action", "is empty"),
        (identity(Action=[7]), "/Statement/0/Action/0", "not a number"),
        (identity(Action={"a": 1}), "/Statement/0/Action", "not an object"),
        (identity(Resource="bucket"), "/Statement/0/Resource", "neither an ARN"),
        (identity(Resource="arn:aws:s*:::x"), "/Statement/0/Resource", "wildcard in its service"),
        (identity(Resource="arn:aws:s?"), "/Statement/0/Resource", "wildcard in its service"),
        (identity(Sid="not this"), "/Statement/0/Sid", "letters and digits"),
        (identity(Principal="*"), "/Statement/0/Principal", "cannot have a principal"),
        (identity(Condition={"StringEqual": {}}), "/Statement/0/Condition/StringEqual", "did you mean StringEquals"),
        (identity(Condition={"NullIfExists": {}}), "/Statement/0/Condition/NullIfExists", "not a condition operator"),
        (identity(Condition={"Some:Bool": {}}), "/Statement/0/Condition/Some:Bool", "not a condition operator"),
        (identity(Condition={"Bool": {"a/b~c": True}}), "/Statement/0/Condition/Bool/a~1b~0c", "not a condition key"),
        (identity(Condition={"Bool": {"a:b": None}}), "/Statement/0/Condition/Bool/a:b", "not null"),
        (identity(Condition={"Bool": {"a:b": [float("inf")]}}), "/Statement/0/Condition/Bool/a:b/0", "out of range"),
        (identity(Condition={"Bool": {"a:b": 10**5000}}), "/Statement/0/Condition/Bool/a:b", "out of range"),
        (identity(Condition=[]), "/Statement/0/Condition", "must be an object"),
        (identity(Condition={7: {}}), "/Statement/0/Condition", "must be a string"),
        ({"Version": "2012-10-18", "Statement": []}, "/Version", "2012-10-17"),
        ({"Version": "2012-10-17"}, "", "no Statement"),
        ({"Statement": []}, "/Statement", "at least one"),
        ({"Statement": ["x"]}, "/Statement/0", "not a string"),
        ({"Statment": []}, "/Statment", "did you mean Statement"),
        ({"Statement": [identity(Sid="a")["Statement"][0]] * 2}, "/Statement/1/Sid", "twice"),  # type: ignore[index]
    ],
)
def test_an_error_in_an_identity_policy_names_its_place(policy: dict[str, object], place: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        parse_policy(policy, kind=PolicyKind.IDENTITY)
    assert caught.value.pointer == place


EVERYONE = {"AWS": "*"}


@pytest.mark.parametrize(
    ("kind", "statement", "message"),
    [
        (PolicyKind.TRUST, {"Action": "sts:AssumeRole", "NotPrincipal": EVERYONE}, "cannot have NotPrincipal"),
        (PolicyKind.TRUST, {"Action": "sts:AssumeRole"}, "has no Principal"),
        (
            PolicyKind.TRUST,
            {"Action": "sts:AssumeRole", "Principal": EVERYONE, "Resource": "*"},
            "cannot have a Resource",
        ),
        (PolicyKind.TRUST, {"Action": "sts:*", "Principal": {"AWS": "arn:aws:iam::1:role/x*"}}, "alone, for everyone"),
        (PolicyKind.TRUST, {"Action": "sts:*", "Principal": {}}, "is empty"),
        (PolicyKind.TRUST, {"Action": "sts:*", "Principal": "111122223333"}, 'an object or "\\*"'),
        (PolicyKind.TRUST, {"Action": "sts:*", "Principal": {"aws": "*"}}, "did you mean AWS"),
        (PolicyKind.RESOURCE, {"Action": "s3:*", "Resource": "*"}, "has no Principal"),
        (PolicyKind.RCP, {"Action": "s3:*", "Resource": "*", "Principal": {"AWS": "111122223333"}}, "must be"),
        (PolicyKind.RCP, {"NotAction": "s3:*", "Resource": "*", "Principal": "*"}, "cannot have NotAction"),
        (PolicyKind.SCP, {"Action": "s3:*", "Resource": "*", "Principal": "*"}, "cannot have a principal"),
        (PolicyKind.BOUNDARY, {"Action": "s3:*"}, "neither Resource"),
        (PolicyKind.SESSION, {"Action": "s3:*", "Resource": "*", "Principal": "*"}, "cannot have a principal"),
    ],
)
def test_the_kind_of_a_policy_decides_what_is_legal(
    kind: PolicyKind, statement: dict[str, object], message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        parse_policy({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}}, kind=kind)


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        (
            PolicyKind.TRUST,
            {"Action": "sts:AssumeRole", "Principal": {"Federated": "cognito-identity.amazonaws.com"}},
        ),
        (PolicyKind.RESOURCE, {"Action": "sns:Publish", "Principal": EVERYONE}),
        (PolicyKind.RESOURCE, {"Action": "execute-api:Invoke", "Principal": "*", "Resource": "execute-api:/*"}),
        (PolicyKind.RESOURCE, {"Action": [], "Principal": "*", "Sid": "any text"}),
        (PolicyKind.RCP, {"Action": "*", "Resource": "*", "Principal": "*"}),
        (PolicyKind.IDENTITY, {"NotAction": "*:*", "NotResource": "arn:aws:s3:::${aws:username}"}),
        (PolicyKind.IDENTITY, {"Action": "*", "Resource": ["arn:aws:*", "arn:*", "arn:aws:s3:*"], "Sid": ""}),
        (PolicyKind.IDENTITY, {"Action": "a:b", "Resource": "*", "Condition": {"stringequals": {"AWS:x": []}}}),
    ],
)
def test_variants_that_aws_accepts_are_parsed_and_rendered(kind: PolicyKind, statement: dict[str, object]) -> None:
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}}
    assert render(parse_policy(policy, kind=kind)) == policy


@pytest.mark.parametrize("kind", [PolicyKind.SCP, PolicyKind.RCP])
def test_organization_policies_require_the_current_version(kind: PolicyKind) -> None:
    policy = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}
    with pytest.raises(PolicyError, match="must have a Version"):
        parse_policy(policy, kind=kind)


def test_objections_of_aws_can_be_collected_instead_of_raised() -> None:
    policy = {
        "Statement": [
            {"Sid": "a b", "Effect": "Allow", "Principal": "111122223333", "Action": "s3: Get", "Resource": "shop"},
            {"Effect": "Allow", "Action": [], "Condition": {"Bool": {"key": True}}},
        ]
    }
    objections: list[PolicyError] = []
    document = parse_policy(policy, kind=PolicyKind.IDENTITY, objections=objections)
    assert {objection.pointer for objection in objections} == {
        "/Statement/0/Sid",
        "/Statement/0/Principal",
        "/Statement/0/Action",
        "/Statement/0/Resource",
        "/Statement/1",
        "/Statement/1/Action",
        "/Statement/1/Condition/Bool/key",
    }
    assert document.statements[0].principal is not None
    assert list(document.statements[0].principal.names()) == [(PrincipalType.AWS, "111122223333")]
    with pytest.raises(PolicyError, match="not both"):
        parse_policy(identity(NotAction="*"), kind=PolicyKind.IDENTITY, objections=objections)
