"""What is refused in the inputs of a definition, and what is warned about."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.registry import BUILT_IN_DRIVERS, CoProvision, DefinitionCheck, check_definition, decoded_inputs

KEY_ID = "AKIA" + "A1B2C3D4E5F6G7H8"
SECRET = "aB3" * 13 + "x"
EXAMPLE_ID = "AKIAIOSFODNN7EXAMPLE"
EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SOURCE = {"url": "https://git.test/modules.git", "path": "s3/bucket/", "rev": "refs/heads/main"}
HOST_KEY = "git.test ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKeyOfTheHostInBase64"
ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
SEED = {
    "source": SOURCE,
    "variables": {
        "region": "eu-central-1",
        "bucket": "my-company-my-app-${context.app.id}-${context.env.id}",
        "assume_role_arn": ROLE,
        "assume_role_session_name": "bucket-of-the-platform",
        "assume_role_external_id": "0123456789abcdef",
    },
}


def judged(
    values: dict[str, Any],
    secrets: dict[str, Any] | None = None,
    *,
    driver: str = "humanitec/terraform",
    kind: str = "s3",
    account_type: str | None = None,
    provision: dict[str, CoProvision] | None = None,
) -> tuple[str, ...]:
    return check_definition(
        DefinitionCheck(
            type=kind,
            driver=BUILT_IN_DRIVERS[driver],
            account_type=account_type,
            values=values,
            secrets=secrets or {},
            role_prefix="humanitec",
            provision=provision or {},
        )
    )


def with_variable(name: str, value: object) -> dict[str, Any]:
    return {"source": SOURCE, "variables": {name: value}}


@pytest.mark.parametrize(
    ("templates", "where", "what"),
    [
        ({"outputs": "a: {{ .b"}, "outputs, line 1, column 4", "the action is not closed"),
        ({"outputs": 'a: 1\n{{ env "HOME" }}'}, "outputs, line 2, column 4", "the function env is not served"),
        ({"manifests": {"a": {"data": "{{ end }}"}}}, "manifests.a.data, line 1, column 4", "has no beginning"),
        ({"output": "a: 1"}, "output", "a template with this name is not served"),
    ],
)
def test_a_template_that_is_not_of_the_subset_is_refused_with_its_place(templates: Any, where: str, what: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        judged({"templates": templates}, driver="humanitec/template")
    assert what in caught.value.what
    assert caught.value.where == f"driver_inputs.values.templates.{where}"


def test_a_template_with_a_placeholder_is_judged_when_it_is_resolved() -> None:
    good = {"init": 'a: {{ splitList "." "${context.res.id}" | last }}', "outputs": {"b": 1, "c": ["{{ .init.a }}"]}}
    assert judged({"templates": good}, driver="humanitec/template") == ()
    assert judged({"templates": {"init": "a: {{ ${context.res.id} }}"}}, driver="humanitec/template") == ()


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a key id": (with_variable("k", KEY_ID), "variables.k", "an access key id"),
    "a key id in a longer text": (with_variable("k", f"x={KEY_ID};"), "variables.k", "an access key id"),
    "a secret": (with_variable("k", SECRET), "variables.k", "a secret access key"),
    "a key as a name": ({"source": SOURCE, "variables": {KEY_ID: "x"}}, "variables", "an access key id"),
    "a key in a list": (with_variable("k", [{"a": KEY_ID}]), "variables.k.0.a", "an access key id"),
    "a key in a script": ({"script": f'provider "aws" {{ access_key = "{KEY_ID}" }}'}, "script", "an access key id"),
    "a key in a backend": ({"script": f'backend "s3" {{ secret_key = "{SECRET}" }}'}, "script", "a secret access key"),
    "a key in a file": ({"script": "x", "files": {"a.tf": KEY_ID}}, "files.a.tf", "an access key id"),
    "a key in JSON text": ({"source": json.dumps({**SOURCE, "username": KEY_ID})}, "source", "an access key id"),
    "an escaped key in JSON text": (
        {"source": SOURCE, "variables": json.dumps({"k": KEY_ID}).replace("AKIA", "\\u0041KIA")},
        "variables.k",
        "an access key id",
    ),
    "an example key": (with_variable("k", EXAMPLE_ID), "variables.k", "of the AWS documentation"),
    "an example secret": (with_variable("k", EXAMPLE_SECRET), "variables.k", "of the AWS documentation"),
    "a private key": ({"script": "-----BEGIN RSA PRIVATE KEY-----"}, "script", "a private key"),
    "brackets": (with_variable("session", "<<HUMANITEC-SAAS-ACCESS>>"), "variables.session", "placeholder text"),
    "an account": (with_variable("arn", "arn:aws:iam::ACCOUNT_ID:role/x"), "variables.arn", "placeholder text"),
    "in JSON text": ({"source": SOURCE, "variables": json.dumps({"id": "ACCOUNT_ID"})}, "variables.id", "placeholder"),
    "a role outside": (
        with_variable("assume_role_arn", "arn:aws:iam::111122223333:role/admin"),
        "variables.assume_role_arn",
        "does not begin with humanitec",
    ),
    "a role outside in an object": (
        with_variable("assume_role", {"arn": "arn:aws:iam::111122223333:role/admin"}),
        "variables.assume_role.arn",
        "does not begin with humanitec",
    ),
    "a role outside by its path": (
        with_variable("terraform_assume_role_arn", "arn:aws:iam::111122223333:role/team/humanitec-x"),
        "variables.terraform_assume_role_arn",
        "does not begin with humanitec",
    ),
    "a role outside in a script": (
        {"script": 'provider "aws" {\n assume_role {\n  role_arn = "arn:aws:iam::111122223333:role/admin"\n }\n}'},
        "script",
        "does not begin with humanitec",
    ),
    "a role outside for planning": (
        {"source": SOURCE, "runner": {"plan_role": "arn:aws:iam::111122223333:role/admin"}},
        "runner.plan_role",
        "does not begin with humanitec",
    ),
    "a long bucket": (with_variable("bucket", "a" * 64), "variables.bucket", "has 64 characters, at most 63"),
    "a long bucket before it is resolved": (
        with_variable("bucket_name", "a" * 64 + "${context.app.id}"),
        "variables.bucket_name",
        "before its placeholders",
    ),
    "a wrong bucket": (with_variable("bucket", "My_Bucket"), "variables.bucket", "lower-case"),
    "an unknown placeholder": (with_variable("b", "x-${context.app.name}"), "variables.b", "the context does not have"),
    "another unknown placeholder": (with_variable("b", "${var.name}"), "variables.b", "unknown placeholder"),
    "a placeholder of a set": (with_variable("b", "${externals.db.host}"), "variables.b", "unknown placeholder"),
    "a placeholder in a list": (with_variable("b", [{"c": "${app.id}"}]), "variables.b.0.c", "unknown placeholder"),
    "a placeholder in JSON text": (
        {"source": SOURCE, "variables": json.dumps({"b": "${app.id}"})},
        "variables.b",
        "unknown placeholder",
    ),
    "an open placeholder": (with_variable("b", "${context.app.id"), "variables.b", "not closed"),
    "a placeholder of no resource": (
        with_variable("b", "${resources['DNS#x'].outputs.host}"),
        "variables.b",
        "does not name a resource",
    ),
    "a placeholder in a script": ({"script": 'output "a" { value = "${var.a}" }'}, "script", "unknown placeholder"),
    "nothing": ({}, "", "drops the maps"),
    "variables alone": ({"variables": {"a": "b"}}, "", "values_string"),
    "a wrong type": ({"source": [SOURCE]}, "source", "not an object"),
    "a script that is a number": ({"script": 7}, "script", "not a string"),
    "keys of a host": (
        {"source": {**SOURCE, "known_hosts": "git.test SHA256:abc"}},
        "source.known_hosts",
        "no key of an SSH host",
    ),
    "no URL": ({"source": {"rev": "main"}}, "source.url", "it is missing"),
    "plain http": ({"source": {**SOURCE, "url": "http://git.test/x"}}, "source.url", "not an https or SSH URL"),
    "a password in the URL": ({"source": {**SOURCE, "url": "https://u:p@git.test/x"}}, "source.url", "not an https"),
    "a password that all can read": ({"source": {**SOURCE, "password": "pw"}}, "source.password", "can read it here"),
    "an SSH key that all can read": ({"source": {**SOURCE, "ssh_key": "key"}}, "source.ssh_key", "can read"),
    "out of the repository": ({"source": {**SOURCE, "path": "../x"}}, "source.path", "within the repository"),
    "an option as a revision": ({"source": {**SOURCE, "rev": "--upload-pack=x"}}, "source.rev", "not a branch"),
    "a file with credentials that Terraform reads as its own": (
        {"source": SOURCE, "credentials_config": {"file": "main.tf.json"}},
        "credentials_config.file",
        "cannot be the name",
    ),
    "a file with credentials elsewhere": (
        {"source": SOURCE, "credentials_config": {"file": "../credentials.json"}},
        "credentials_config.file",
        "cannot be the name",
    ),
    "an unknown field of credentials": (
        {"source": SOURCE, "credentials_config": {"environment": {"AWS_ACCESS_KEY_ID": "Key"}}},
        "credentials_config.environment.AWS_ACCESS_KEY_ID",
        "unknown field",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_right_is_refused_by_its_field_and_without_its_value(name: str) -> None:
    values, place, words = REFUSED[name]
    with pytest.raises(InvalidInputError) as raised:
        judged(values)
    error = raised.value
    root = "driver_inputs.values." if place else "driver_inputs"
    assert error.where == f"{root}{place}"
    assert words in f"{error.what} {error.fix}"
    assert error.fix
    for planted in (KEY_ID, SECRET, EXAMPLE_ID, EXAMPLE_SECRET, "role/admin", "ACCOUNT_ID", "u:p@"):
        assert planted not in f"{error.what} {error.fix} {error.where}"


@pytest.mark.parametrize(
    "values",
    [
        SEED,
        {name: json.dumps(value) for name, value in SEED.items()},
        with_variable("ACCOUNT_ID", "111122223333"),
        {"source": SOURCE, "runner": {"plan_role": ROLE, "plan_external_id": SECRET}},
        {"source": SOURCE, "runner": {"plan_role": "${resources['config#x'].outputs.plan_role}"}},
        with_variable("assume_role_external_id", SECRET),
        with_variable("task_role_arn", "arn:aws:iam::111122223333:role/ecs-task"),
        with_variable("bucket", "${resources['config#x'].outputs.bucket}"),
        {"source": SOURCE, "append_logs_to_error": False, "files": {"a.tf": "<<EOT\nx\nEOT"}, "runner": None},
        {"script": "locals { x = <<EOT\n{{ .Values.x }}\nEOT\n}"},
        {"source": {"url": "git@git.test:team/modules.git", "known_hosts": HOST_KEY}},
        {"source": "${resources['config#x'].outputs.source}"},
        with_variable("host", "${resources['acme/queue.public#shared.q'].outputs.a['b']}"),
        with_variable("hosts", ["${resources.dns<route.outputs.host}", "${context.res.guresid}", "$\\{any.thing}"]),
        {"script": 'output "a" { value = "$\\{var.a}" }'},
    ],
)
def test_what_is_right_passes(values: dict[str, Any]) -> None:
    assert judged(values) == ()


def test_a_bucket_name_is_judged_for_buckets_only() -> None:
    assert judged(with_variable("bucket", "arn:aws:s3:::X"), kind="sqs") == ()


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ({"variables": {"access_key": EXAMPLE_ID}}, "a key of the AWS documentation"),
        ({"variables": json.dumps({"secret_key": EXAMPLE_SECRET})}, "a key of the AWS documentation"),
        ({"variables": {"token": "<<TOKEN>>"}}, "placeholder text"),
        ({"source": {"password": "changeme"}}, "placeholder text"),
        ({"variables": {"url": "https://${EXAMPLE_HOST}"}}, "unknown placeholder"),
        ({"files": {"a.tf": ["${EXAMPLE_HOST"]}}, "not closed"),
    ],
)
def test_a_secret_that_is_none_is_refused(secrets: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as raised:
        judged(SEED, secrets)
    assert (raised.value.where or "").startswith("driver_inputs.secrets.")
    assert "EXAMPLE" not in str(raised.value)


def test_long_term_keys_for_a_module_are_warned_about() -> None:
    warnings = judged(SEED, {"variables": {"access_key": KEY_ID, "secret_key": SECRET, "other": "x"}})
    assert [text.partition(":")[0] for text in warnings] == [
        "driver_inputs.secrets.variables.access_key",
        "driver_inputs.secrets.variables.secret_key",
    ]
    assert KEY_ID not in str(warnings)


def test_a_role_assumed_from_an_assumed_role_is_warned_about() -> None:
    (warning,) = judged(SEED, account_type="aws-role")
    assert warning.startswith("driver_inputs.values.variables.assume_role_arn: ")
    assert judged(SEED, account_type="aws") == ()


def test_inputs_that_a_driver_needs_are_named() -> None:
    with pytest.raises(InvalidInputError) as raised:
        judged({"name": "prod"}, driver="humanitec/k8s-cluster-eks", kind="k8s-cluster")
    assert raised.value.where == "driver_inputs.values.region"
    assert judged({"name": "prod", "region": "eu-west-1"}, driver="humanitec/k8s-cluster-eks", kind="k8s-cluster") == ()


@pytest.mark.parametrize(
    ("provision", "words"),
    [
        ({"a b": CoProvision()}, "not a resource"),
        ({"dns": CoProvision(params={"a": [KEY_ID]})}, "an access key id"),
        ({"dns": CoProvision(params={"a": "${context.app.nothing}"})}, "the context does not have"),
    ],
)
def test_co_provisioned_resources_are_judged_too(provision: dict[str, CoProvision], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as raised:
        judged(SEED, provision=provision)
    assert (raised.value.where or "").startswith("provision")


def test_a_credential_in_a_co_provisioned_resource_is_reported_at_its_params() -> None:
    with pytest.raises(InvalidInputError) as raised:
        judged(SEED, provision={"dns": CoProvision(params={KEY_ID: "x"})})
    assert raised.value.where == "provision.dns.params"
    assert KEY_ID not in str(raised.value)


def test_params_and_accounts_may_have_their_placeholders_and_no_others() -> None:
    given = {"acme/queue.public#q": CoProvision(params={"host": "${externals.db.host}", "k": "${values.KEY}"})}
    assert judged(SEED, provision=given) == ()
    judge = DefinitionCheck(
        type="s3",
        driver=BUILT_IN_DRIVERS["humanitec/terraform"],
        account_type=None,
        values=SEED,
        secrets={},
        role_prefix="humanitec",
        account="${resources['config#x'].outputs.account}",
    )
    assert check_definition(judge) == ()
    with pytest.raises(InvalidInputError, match="unknown placeholder") as raised:
        check_definition(replace(judge, account="${account}"))
    assert raised.value.where == "driver_account"


def test_an_object_in_a_string_is_decoded_where_the_driver_takes_an_object() -> None:
    driver = BUILT_IN_DRIVERS["humanitec/terraform"]
    given = {"source": '{"url": "x"}', "script": '{"url": "x"}', "variables": "{", "files": "[1]", "other": "{}"}
    assert decoded_inputs(driver, given) == {**given, "source": {"url": "x"}}


def test_an_ssh_source_without_the_keys_of_its_host_is_warned_about() -> None:
    source = {**SOURCE, "url": "git@git.test:modules.git"}
    (warning,) = judged({"source": source})
    assert "known_hosts" in warning
    assert judged({"source": {**source, "known_hosts": HOST_KEY}}) == ()


def test_optional_fields_of_a_source_may_be_null() -> None:
    assert judged({"source": {**SOURCE, "username": None, "path": None, "rev": None, "known_hosts": None}}) == ()
