import dataclasses
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.compiler import compile_grant
from leastway.estate import AuthMode, Estate, EstateObject, ExternalIds, ManagedPolicy, Role, RoleIds, Stage, User
from leastway.export import FORMATS, CannotExportError, ExportRequest
from leastway.grant import Identity
from leastway.policy import PolicyKind, parse_policy, render
from tests.unit.compiler.conftest import (
    ACCOUNT,
    DEPLOYER,
    EDIT,
    EXTERNAL_ID,
    EXTERNAL_IDS,
    S3_ROLE,
    cluster,
    facts_of,
    grant_of,
)
from tests.unit.export.stack import made, read

FACTS = facts_of("prod", AuthMode.API, "workers") | facts_of("legacy", AuthMode.CONFIG_MAP)
Json = dict[str, Any]


@cache
def estate_of(identity: Identity) -> tuple[EstateObject, ...]:
    grant = grant_of(cluster("prod", EDIT, DEPLOYER), cluster("legacy", DEPLOYER), identity=identity, roles=(S3_ROLE,))
    return compile_grant(grant, FACTS, EXTERNAL_IDS).estate.objects


def exported(*objects: EstateObject, name: str = "cloudformation") -> dict[str, str]:
    request = ExportRequest("humanitec", "test", Estate.of("acme", objects), name, "humanitec")
    return dict(FORMATS[name].export(request))


def role_of(**changes: Any) -> Role:
    role = next(each for each in estate_of(Identity.TRUST_ROLE) if isinstance(each, Role) and each.name == S3_ROLE.name)
    return dataclasses.replace(role, **changes)


def policy_about(resource: str, **condition: Any) -> Any:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement | condition]}, kind=PolicyKind.IDENTITY)


@pytest.mark.parametrize("identity", Identity)
def test_stack_creates_the_objects_of_the_estate(identity: Identity) -> None:
    objects = estate_of(identity)
    stack = made(read(exported(*objects)[f"{ACCOUNT}.yaml"]), ACCOUNT)
    for role in (each for each in objects if isinstance(each, Role)):
        properties = next(it for it in stack.values() if it.get("RoleName") == role.name)
        assert {it["PolicyName"]: it["PolicyDocument"] for it in properties.get("Policies", ())} == {
            name: render(document) for name, document in role.inline
        }
        assert (properties["MaxSessionDuration"], properties.get("Description", "")) == (
            role.max_session,
            role.description,
        )
        trust = render(role.trust)
        if identity is Identity.TRUST_ROLE:
            assert properties["AssumeRolePolicyDocument"] == trust
        else:  # a reference to the user, which must be created first
            assert {it["Principal"]["AWS"] for it in properties["AssumeRolePolicyDocument"]["Statement"]} == {
                "HumanitecUser.Arn"
            }
    for user in (each for each in objects if isinstance(each, User)):
        assert stack["HumanitecUser"]["UserName"] == user.name
        assert stack["HumanitecUser"]["PermissionsBoundary"] == "arn of HumanitecSaaSPolicy"
    for policy in (each for each in objects if isinstance(each, ManagedPolicy)):
        assert stack["HumanitecSaaSPolicy"]["PolicyDocument"] == render(policy.document)


OF_ROLES = ExternalIds(
    {
        (ACCOUNT, ""): RoleIds(EXTERNAL_ID),
        (ACCOUNT, f"humanitec-eks-access-{ACCOUNT}"): RoleIds(EXTERNAL_ID, ("old-id-of-the-account",), Stage.CHANGING),
        (ACCOUNT, S3_ROLE.name): RoleIds("an-id-of-s3-alone", (EXTERNAL_ID, "another"), Stage.SEVERAL),
    }
)


@pytest.mark.parametrize("name", ["cloudformation", "stackset"])
def test_every_role_has_its_own_external_ids(name: str) -> None:
    grant = grant_of(cluster("prod"), roles=(S3_ROLE,))
    objects = compile_grant(grant, facts_of("prod"), OF_ROLES).estate.objects
    files = exported(*objects, name=name)
    template = read(next(text for path, text in files.items() if path.endswith(".yaml")))
    stack = made(template, ACCOUNT)
    for role in (each for each in objects if isinstance(each, Role)):
        properties = next(it for it in stack.values() if it.get("RoleName") == role.name)
        assert properties["AssumeRolePolicyDocument"] == render(role.trust)
    assert template["Mappings"]["Accounts"][ACCOUNT] == {"ExternalId": EXTERNAL_ID}
    assert template["Outputs"]["HumanitecS3RoleExternalId"]["Value"] == "an-id-of-s3-alone"
    assert sum("ExternalId" in output for output in template["Outputs"]) == 2


def test_changed_name_parameter_is_used_everywhere() -> None:
    text = exported(*estate_of(Identity.IAM_USER))[f"{ACCOUNT}.yaml"]
    stack = made(read(text), ACCOUNT, HumanitecS3RoleName="humanitec-buckets")
    assert stack["HumanitecS3Role"]["RoleName"] == "humanitec-buckets"
    allowed = next(
        it for it in stack["HumanitecSaaSPolicy"]["PolicyDocument"]["Statement"] if it["Sid"] == "AssumeRole"
    )
    assert allowed["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/humanitec-buckets"]
    assert read(text)["Parameters"]["HumanitecS3RoleName"]["AllowedPattern"].startswith("humanitec")


def test_access_key_and_unsupported_objects_are_in_the_script() -> None:
    files = exported(*estate_of(Identity.IAM_USER))
    assert "AWS::IAM::AccessKey" not in files[f"{ACCOUNT}.yaml"]
    rest = files[f"{ACCOUNT}-rest.sh"]
    for call in (
        "aws iam tag-policy",
        "aws iam create-access-key",
        "aws eks tag-resource",
        "annotate",
        "kubectl apply -k",
    ):
        assert call in rest
    assert "aws iam create-user" not in rest


STRANGE = st.text(st.sampled_from("${}!A:'\"\\ \n#&*[]aWS-%é" + ACCOUNT[0]), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(description=STRANGE, resource=STRANGE, value=st.one_of(STRANGE, st.just("${aws:username}")))
def test_texts_of_the_grant_are_literal_in_a_template(description: str, resource: str, value: str) -> None:
    condition = {"Condition": {"StringLike": {"s3:prefix": [value, ACCOUNT, f"{value}{ACCOUNT}"]}}}
    document = policy_about(f"arn:aws:s3:::{ACCOUNT}{resource}", **condition)
    role = role_of(description=description, inline=(("s3", document),))
    stack = made(read(exported(role)[f"{ACCOUNT}.yaml"]), ACCOUNT)
    properties = stack["HumanitecS3Role"]
    assert properties.get("Description", "") == description
    assert properties["Policies"][0]["PolicyDocument"] == render(document)


def test_dynamic_reference_in_a_text_is_rejected() -> None:
    with pytest.raises(CannotExportError, match="resolve"):
        exported(role_of(description="{{resolve:secretsmanager:keys}}"))


def test_more_resources_than_a_stack_allows_are_rejected() -> None:
    roles = [role_of(name=f"humanitec-{number}") for number in range(501)]
    with pytest.raises(CannotExportError, match="500"):
        exported(*roles)


def test_names_that_differ_only_in_punctuation_get_different_logical_ids() -> None:
    names = ("humanitec-a-b", "humanitec-ab", "humanitec-a_b", "humanitec.a-b")
    stack = made(read(exported(*(role_of(name=name) for name in names))[f"{ACCOUNT}.yaml"]), ACCOUNT)
    assert sorted(it["RoleName"] for it in stack.values()) == sorted(names)


def in_account(each: EstateObject, number: int) -> EstateObject:
    """Return the object in another account, with an external id of that account."""
    account = f"{number:012d}"
    assert isinstance(each, Role)
    text = json.dumps(render(each.trust)).replace(EXTERNAL_ID, f"external-id-of-account-{account}-of-length")
    changed = parse_policy(json.loads(text), kind=PolicyKind.TRUST)
    return dataclasses.replace(each, account=account, name=each.name.replace(ACCOUNT, account), trust=changed)


def test_accounts_with_the_same_template_share_stack_sets_of_two_hundred() -> None:
    roles = [in_account(role_of(name=f"humanitec-x-{ACCOUNT}"), number) for number in range(1, 451)]
    other = in_account(role_of(name="humanitec-other"), 999)
    files = exported(*roles, other, name="stackset")
    templates = [read(text) for name, text in files.items() if name.endswith(".yaml")]
    assert sorted(len(template["Mappings"]["Accounts"]) for template in templates) == [1, 50, 200, 200]
    for template in templates:
        for account, known in template["Mappings"]["Accounts"].items():
            (role,) = made(template, account).values()
            (condition,) = (
                it["Condition"] for it in role["AssumeRolePolicyDocument"]["Statement"] if it["Effect"] == "Allow"
            )
            assert condition == {"StringEquals": {"sts:ExternalId": f"external-id-of-account-{account}-of-length"}}
            assert known["ExternalId"].count(account) == 1
            assert account in role["RoleName"] or role["RoleName"] == "humanitec-other"
    assert files["deploy.sh"].count("\ndeploy ") == 4
