from dataclasses import replace
from typing import Any

import pytest

from leastway.compiler import registrations_of
from leastway.errors import InvalidInputError
from leastway.estate import ExternalIds, RoleIds, Stage
from leastway.grant import Grant, Identity
from leastway.registry import (
    Criterion,
    GitCredential,
    GitSource,
    KeyVariables,
    PlatformSecret,
    Registrations,
    TerraformDefinition,
)
from tests.unit.compiler.conftest import ACCOUNT, EXTERNAL_ID, EXTERNAL_IDS, S3_ROLE, cluster, grant_of

BUCKET = "my-company-my-app-${context.app.id}-${context.env.id}"
S3 = TerraformDefinition(
    id="aws-terraform-s3",
    name="a bucket",
    type="s3",
    source=GitSource(url="https://git.example.com/modules.git", rev="refs/heads/main", path="s3"),
    variables={"region": "eu-central-1", "bucket": BUCKET},
    criteria=(Criterion(env_type="development"), Criterion(app_id="shop", resource_class="fast")),
)
KEYS = KeyVariables(access_key="access_key", secret_key="secret_key", role_arn="arn", session_name="s", external_id="x")
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"


def grant_with(definition: TerraformDefinition, identity: Identity = Identity.TRUST_ROLE) -> Grant:
    clusters = (replace(cluster("prod"), criteria=(Criterion(),)),)
    return grant_of(*clusters, identity=identity, roles=(replace(S3_ROLE, definitions=(definition,)),))


def registered(definition: TerraformDefinition, identity: Identity = Identity.TRUST_ROLE) -> Registrations:
    return registrations_of(grant_with(definition, identity), EXTERNAL_IDS)


def test_each_role_gets_a_cloud_account() -> None:
    found = registered(S3)
    assert {each.id: (each.type, dict(each.credentials)) for each in found.accounts} == {
        f"acme-{ACCOUNT}": (
            "aws-role",
            {
                "aws_role": f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks-access-{ACCOUNT}",
                "external_id": EXTERNAL_ID,
            },
        ),
        f"acme-{ACCOUNT}-humanitec-s3": (
            "aws-role",
            {"aws_role": ROLE_ARN, "external_id": EXTERNAL_ID},
        ),
    }


def test_each_registration_has_the_external_id_of_its_own_role() -> None:
    ids = ExternalIds(
        {
            (ACCOUNT, ""): RoleIds("of-the-account"),
            (ACCOUNT, f"humanitec-eks-access-{ACCOUNT}"): RoleIds("of-the-access-role", ("old",), Stage.CHANGING),
            (ACCOUNT, "humanitec-s3"): RoleIds("of-s3"),
        }
    )
    found = registrations_of(grant_with(S3), ids)
    assert [each.credentials["external_id"] for each in found.accounts] == ["of-the-access-role", "of-s3"]
    keys = registrations_of(grant_with(replace(S3, keys=KEYS), Identity.IAM_USER), ids)
    assert keys.definitions[1].values["variables"]["x"] == "of-s3"


def test_definitions_of_a_cluster_and_of_a_module_with_temporary_credentials() -> None:
    prod, bucket = registered(S3).definitions
    assert (prod.id, prod.type, prod.driver) == (
        f"acme-{ACCOUNT}-eu-central-1-prod",
        "k8s-cluster",
        "humanitec/k8s-cluster-eks",
    )
    assert (prod.values, prod.account, prod.criteria) == (
        {"name": "prod", "region": "eu-central-1"},
        f"acme-{ACCOUNT}",
        (Criterion(),),
    )
    assert bucket.account == f"acme-{ACCOUNT}-humanitec-s3"
    assert bucket.values == {
        "source": {"url": "https://git.example.com/modules.git", "path": "s3", "rev": "refs/heads/main"},
        "credentials_config": {
            "environment": {
                "AWS_ACCESS_KEY_ID": "AccessKeyId",
                "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
                "AWS_SESSION_TOKEN": "SessionToken",
            }
        },
        "variables": {"region": "eu-central-1", "bucket": BUCKET},
    }
    assert bucket.secrets == {}
    assert bucket.criteria == S3.criteria


def test_long_term_keys_are_set_as_the_variables_that_the_module_names() -> None:
    found = registered(replace(S3, keys=KEYS), Identity.IAM_USER)
    (account,) = found.accounts
    assert (account.type, set(account.credentials)) == ("aws", {"aws_access_key_id", "aws_secret_access_key"})
    bucket = found.definitions[1]
    assert bucket.account == ""
    assert "credentials_config" not in bucket.values
    assert bucket.values["variables"] == {
        "region": "eu-central-1",
        "bucket": BUCKET,
        "arn": ROLE_ARN,
        "s": "humanitec-acme",
        "x": EXTERNAL_ID,
    }
    assert set(bucket.secrets["variables"]) == {"access_key", "secret_key"}
    assert all(isinstance(each, PlatformSecret) for each in bucket.secrets["variables"].values())


@pytest.mark.parametrize("word", ["ssh_key", "password"])
def test_private_repository_gets_its_credential(word: str) -> None:
    source = replace(S3.source, credential=GitCredential(word), username="robot")
    bucket = registered(replace(S3, source=source)).definitions[1]
    assert bucket.secrets == {
        "source": {word: PlatformSecret(f"aws_terraform_s3_{word}", f"the {word.replace('_', ' ')} of {source.url}")}
    }
    assert bucket.values["source"]["username"] == "robot"


def test_the_keys_of_an_ssh_host_are_registered() -> None:
    source = replace(S3.source, url="git@git.example.com:modules.git", known_hosts="git.example.com ssh-ed25519 AAAA")
    bucket = registered(replace(S3, source=source)).definitions[1]
    assert bucket.values["source"]["known_hosts"] == "git.example.com ssh-ed25519 AAAA"


def test_roles_that_would_share_an_id_are_rejected() -> None:
    roles: Any = tuple(
        replace(S3_ROLE, name=name, definitions=(replace(S3, id=f"id-{number}"),))
        for number, name in enumerate(("humanitec-a.b", "humanitec-a_b"))
    )
    with pytest.raises(InvalidInputError, match="humanitec-a-b"):
        registrations_of(grant_of(roles=roles), EXTERNAL_IDS)
