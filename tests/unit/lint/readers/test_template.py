import json

import pytest

from leastway.lint.readers import FileReading, read_policies
from leastway.policy import PolicyError, PolicyKind
from leastway.policy.model import PolicyHolder
from leastway.source import Outline

YAML = """
Parameters:
  Team: {Type: String, Default: shop}
  Bucket: {Type: String}
  Verb: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [!Ref Own, !Sub "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess", !Ref Bucket]
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: !Join [":", ["arn:aws:iam:", !Ref AWS::AccountId, "root"]]}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: inline
          PolicyDocument:
            Statement:
              Effect: Allow
              Action: s3:GetObject
              Resource: [!Sub "arn:aws:s3:::${Team}-${!aws:username}/*", !GetAtt Own.Arn, !Ref Bucket]
  Own:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Action: !Ref Verb, Resource: "*"}]}
  Queue:
    Type: AWS::SQS::QueuePolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*"}]}
"""


def read(text: str, **parameters: str) -> tuple[Outline, FileReading]:
    found = read_policies(text, name="t.yaml", parameters=parameters)
    assert found is not None
    return found


def test_every_policy_is_read_with_its_kind_and_holder() -> None:
    _, reading = read(YAML, Bucket="arn:aws:s3:::b", Verb="s3:PutObject")
    assert [(one.path[1], one.document.kind, one.holder) for one in reading.exhibits] == [
        ("Role", PolicyKind.TRUST, PolicyHolder.TRUST_POLICY),
        ("Role", PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_ROLE),
        ("Own", PolicyKind.IDENTITY, PolicyHolder.MANAGED_POLICY),
        ("Queue", PolicyKind.RESOURCE, None),
    ]
    assert reading.doubts == ()
    assert [one.arn for one in reading.attachments][1:] == ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:s3:::b"]


def test_functions_are_evaluated_as_far_as_the_template_allows() -> None:
    _, reading = read(YAML, Bucket="arn:aws:s3:::b", Verb="s3:PutObject")
    trust, inline, managed, _ = (one.document.statements[0] for one in reading.exhibits)
    assert trust.principal is not None
    assert [name for _, name in trust.principal.names()] == ["arn:aws:iam::000000000000:root"]
    assert inline.resources is not None
    first, second, third = inline.resources
    assert (first, third) == ("arn:aws:s3:::shop-${aws:username}/*", "arn:aws:s3:::b")
    assert "Own.Arn" in second
    assert managed.actions is not None
    assert list(managed.actions) == ["s3:PutObject"]


def test_a_value_that_is_unknown_before_deployment_is_a_doubt_if_it_matters() -> None:
    text, reading = read(YAML)
    assert {doubt.path[1:3] + doubt.path[-2:] for doubt in reading.doubts} == {
        ("Role", "Properties", "ManagedPolicyArns", 2),
        ("Role", "Properties", "Resource", 2),
        ("Own", "Properties", 0, "Action"),
    }
    assert all(doubt.fix == "give the value with --parameter NAME=VALUE" for doubt in reading.doubts)
    assert [one.path[1] for one in reading.exhibits] == ["Role", "Role", "Queue"]
    position = text.position(("Resources", "Own", "Properties", "PolicyDocument", "Statement", 0, "Action"))
    assert position is not None
    assert text.text.line(position.line)[position.column - 1 : position.end_column - 1] == "!Ref Verb"


def test_a_template_reads_the_same_as_json_and_yaml() -> None:
    tree = {
        "Resources": {
            "Own": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}},
            }
        }
    }
    _, from_json = read(json.dumps(tree))
    _, from_yaml = read(
        "Resources: {Own: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: "
        '[{Effect: Allow, Action: "*", Resource: "*"}]}}}}'
    )
    assert from_json == from_yaml


def test_an_unreadable_policy_of_a_template_is_a_doubt_and_the_others_are_read() -> None:
    text = YAML.replace(
        "Effect: Allow\n              Action: s3:GetObject", "Effect: Alow\n              Action: s3:GetObject"
    )
    _, reading = read(text, Bucket="arn:aws:s3:::b", Verb="s3:PutObject")
    assert [doubt.reason for doubt in reading.doubts] == [
        'the policy cannot be read: Effect must be "Allow" or "Deny", not "Alow"'
    ]
    assert len(reading.exhibits) == 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Resources: # AWS::\n  A: [", "this is not valid YAML"),
        ("Resources: # AWS::\n  A: 1\n  A: 2", '"A" appears twice in this mapping, first on line 2'),
        ("# AWS::\nResources: &a\n  A: *a", "too large or nested too deeply"),
        ("# AWS::\nA: *a", "the alias .* has no anchor before it"),
        ("# AWS::\nA: 1\n---\nB: 2", "a second document begins here"),
        ("# AWS::\n" + "[" * 200 + "]" * 200, "too large or nested too deeply"),
    ],
)
def test_yaml_that_cannot_be_read_is_an_error(text: str, what: str) -> None:
    with pytest.raises(PolicyError, match=what):
        read_policies(text, name="t.yaml")


def test_other_yaml_contains_no_policy() -> None:
    assert read_policies("# AWS::\nservices: [a, b]") is None
    assert read_policies("# AWS::\n") is None


def test_aliases_are_expanded_and_an_alias_bomb_is_rejected() -> None:
    bomb = "# AWS::\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
    for one, other in zip("abcdefg", "bcdefgh", strict=True):
        bomb += f"{other}: &{other} [{', '.join([f'*{one}'] * 10)}]\n"
    with pytest.raises(PolicyError, match="too large"):
        read_policies(bomb)


STATEMENT = '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:${AWS::Partition}:s3:::${Name}"}]}'


@pytest.mark.parametrize(
    "document",
    [
        {"Fn::Sub": STATEMENT},
        {"Fn::Sub": [STATEMENT, {"Name": {"Ref": "Bucket"}}]},
        STATEMENT,
        {"Fn::ToJsonString": json.loads(STATEMENT)},
        STATEMENT.replace("{", "%7B").replace('"', "%22"),
    ],
    ids=["sub", "sub with a map", "text", "to json string", "percent encoding"],
)
def test_a_policy_may_be_json_text(document: object) -> None:
    resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    found = read_policies(json.dumps({"Resources": {"Own": resource}}, indent=1))
    assert found is not None
    file, reading = found
    assert [list(one.document.statements[0].actions or ()) for one in reading.exhibits] == [["s3:*"]]
    assert reading.doubts == ()
    place = file.position(("Resources", "Own", "Properties", "PolicyDocument", "Statement", 0, "Action"))
    assert place is not None
    assert "PolicyDocument" in file.text.line(place.line) or "Fn::" in file.text.line(place.line)


@pytest.mark.parametrize("document", ["nonsense", {"Fn::Sub": '{"Statement": ${Unknown}}'}, "[" * 100_000, ""])
def test_a_text_that_is_not_a_policy_is_a_doubt(document: object) -> None:
    resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    found = read_policies(json.dumps({"Resources": {"Own": resource}}))
    assert found is not None
    assert [one.path[1] for one in found[1].doubts] == ["Own"]
    assert found[1].exhibits == ()


def test_a_policy_that_is_a_parameter_is_a_doubt_that_names_it() -> None:
    resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Ref": "Text"}}}
    template = {"Parameters": {"Text": {"Type": "String"}}, "Resources": {"Own": resource}}
    found = read_policies(json.dumps(template))
    assert found is not None
    assert ["Text" in one.reason for one in found[1].doubts] == [True]
