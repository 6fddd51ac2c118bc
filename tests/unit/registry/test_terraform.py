from dataclasses import replace

import pytest

from leastway.registry import (
    GitCredential,
    GitSource,
    HandedKeys,
    KeyVariables,
    PlatformSecret,
    TerraformDefinition,
    terraform_inputs,
)

SOURCE = GitSource(url="https://git.example.com/modules.git", rev="refs/heads/main", path="s3")
S3 = TerraformDefinition(id="shop-s3", name="a bucket", type="s3", source=SOURCE, variables={})
ID, SECRET = PlatformSecret("key_id", "an id"), PlatformSecret("key_secret", "a secret")
HANDED = HandedKeys(access_key=ID, secret_key=SECRET, role_arn="arn", session_name="acme", external_id="")


def test_session_credentials_go_into_the_environment_without_keys() -> None:
    values, secrets = terraform_inputs(S3)
    assert list(values) == ["source", "credentials_config"]
    assert values["credentials_config"]["environment"]["AWS_SESSION_TOKEN"] == "SessionToken"
    assert secrets == {}


def test_keys_go_into_the_variables_that_the_module_names() -> None:
    keys = KeyVariables(access_key="a", secret_key="b", role_arn="c", external_id="d")
    values, secrets = terraform_inputs(replace(S3, keys=keys, variables={"region": "eu-central-1"}), HANDED)
    assert values["variables"] == {"region": "eu-central-1", "c": "arn", "d": ""}
    assert "credentials_config" not in values
    assert secrets == {"variables": {"a": ID, "b": SECRET}}


def test_a_definition_with_keys_needs_their_values() -> None:
    keys = KeyVariables(access_key="a", secret_key="b", role_arn="c")
    with pytest.raises(AssertionError, match="shop-s3"):
        terraform_inputs(replace(S3, keys=keys))


def test_empty_fields_of_a_source_are_left_out() -> None:
    bare = replace(S3, source=replace(SOURCE, path="", credential=GitCredential.PASSWORD, username="robot"))
    values, secrets = terraform_inputs(bare)
    assert values["source"] == {"url": SOURCE.url, "rev": SOURCE.rev, "username": "robot"}
    assert set(secrets["source"]) == {"password"}
