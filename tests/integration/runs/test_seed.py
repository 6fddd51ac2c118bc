"""The definitions that a platform's onboarding document shows, end to end: a real git source, the module unchanged.

In CI the modules work by the real aws CLI; with a mirror that has hashicorp/aws, by that provider.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from leastway.terraform import INPUTS_FOLDER
from tests.integration.git.hosts import (
    BACKEND,
    HOST,
    PASSWORD,
    SSHD,
    USER,
    HttpsHost,
    commit,
    git,
    https_host,
    ssh_host,
)
from tests.integration.runs.world import ACCOUNT, EXTERNAL_ID, REGION, ROLE, World, program, resolving
from tests.integration.sandbox.world import allow, trust

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not BACKEND.exists(), reason="there is no git http-backend on this machine"),
]

MODULE = """
variable "region" { type = string }
variable "NAME" { type = string }
variable "access_key" { sensitive = true }
variable "secret_key" { sensitive = true }
variable "assume_role_arn" { type = string }
variable "assume_role_session_name" { type = string }
variable "assume_role_external_id" { type = string }

resource "terraform_data" "this" {
  input = {
    NAME        = var.NAME
    AWS_REGION  = var.region
    ROLE        = var.assume_role_arn
    SESSION     = var.assume_role_session_name
    EXTERNAL_ID = var.assume_role_external_id
  }
  provisioner "local-exec" {
    environment = merge(self.input, { AWS_ACCESS_KEY_ID = var.access_key, AWS_SECRET_ACCESS_KEY = var.secret_key })
    command     = ". ./assume.sh; CREATE"
  }
  provisioner "local-exec" {
    when        = destroy
    environment = self.input
    command     = ". ./keys.sh; . ./assume.sh; DELETE"
  }
}

output "name" { value = terraform_data.this.output.NAME }
"""
ASSUME = """set -e
set -- $(aws sts assume-role --role-arn $ROLE --role-session-name $SESSION --external-id $EXTERNAL_ID \\
  --output text --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
export AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3
"""
KEYS = f"""of() {{ sed -n "s/.*\\"$1\\": *\\"\\([^\\"]*\\)\\".*/\\1/p" {INPUTS_FOLDER}/inputs.tfvars.json; }}
export AWS_ACCESS_KEY_ID=$(of access_key) AWS_SECRET_ACCESS_KEY=$(of secret_key)
"""
"""A removal has no variables, only what the run was given."""
WORK = {
    "bucket": ("aws s3 mb s3://$NAME", "aws s3 rb s3://$NAME"),
    "queue": (
        "aws sqs create-queue --queue-name $NAME",
        "aws sqs delete-queue --queue-url $(aws sqs get-queue-url --output text --queue-name $NAME)",
    ),
}


@contextmanager
def repository(world: World, folder: Path, name: str, sources: dict[str, str]) -> Iterator[tuple[HttpsHost, str]]:
    """Serve a repository whose folder NAME/terraform has these files; yield the host and the commit."""
    served = folder / "served" / "modules"
    module = served / name / "terraform"
    module.mkdir(parents=True)
    for file, text in sources.items():
        (module / file).write_text(text)
    git(served, "init", "--quiet", "--initial-branch=main")
    head = commit(served, "first")
    with https_host(served.parent, is_private=True) as host, resolving(HOST), world.trusting(host.authorities, HOST):
        yield host, head


def seed_inputs(world: World, host: HttpsHost, name: str, title: str) -> dict[str, Any]:
    """Return the inputs as the document has them: keys as secret variables, the role to assume as variables."""
    return {
        "account": None,
        "credentials_config": {},
        "source": {
            "path": f"{name}/terraform/",
            "rev": "refs/heads/main",
            "url": host.url("modules/.git"),
            "username": USER,
        },
        "variables": {
            "region": REGION,
            name: title,
            "assume_role_arn": ROLE,
            "assume_role_session_name": "humanitec-access",
            "assume_role_external_id": EXTERNAL_ID,
        },
        "secrets": {
            "variables": {"access_key": world.key.id, "secret_key": world.key.secret.reveal()},
            "source": {"password": PASSWORD},
        },
    }


def seen(world: World, *arguments: str) -> bool:
    """Ask AWS with the aws CLI, as the account's administrator."""
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": world.admin.id,
        "AWS_SECRET_ACCESS_KEY": world.admin.secret.reveal(),
    }
    command = ["aws", "--endpoint-url", world.sandbox.endpoint, *arguments]  # SQS ignores AWS_ENDPOINT_URL in version 1
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    return done.returncode == 0


LOOK = {
    "bucket": ("s3api", "head-bucket", "--bucket"),
    "queue": ("sqs", "get-queue-url", "--queue-name"),
}


def lives(world: World, key: str, look: tuple[str, ...], commit_id: str) -> None:
    """Make, see, plan again, destroy, and see that it is gone."""
    made = world.done(world.start(key), seconds=240)
    assert (made["commit"], made["credentials"]) == (commit_id, "keys")
    assert "long-term keys" in made["warnings"][0]
    assert {one["role"] for one in world.calls(made["id"]) if one["operation"].startswith("Create")} == {ROLE}
    assert seen(world, *look)
    again = world.done(world.start(key, "plan"), seconds=240)
    assert again["plan"]["counts"] == {}
    assert "init: init was done before, beside the same files" in world.log(again["id"])
    destroyed = world.done(world.start(key, "destroy"), seconds=240)
    assert destroyed["commit"] == commit_id
    assert not seen(world, *look)
    for run in (made["id"], again["id"], destroyed["id"]):
        text = "\n".join(world.log(run))
        assert not any(secret in text for secret in (PASSWORD, world.key.id, world.key.secret.reveal()))


@pytest.mark.parametrize(("name", "engine"), [("bucket", "terraform"), ("queue", "tofu")])
def test_the_documents_definition_lives_its_life(world: World, tmp_path: Path, name: str, engine: str) -> None:
    if program(engine) is None:
        pytest.skip(f"{engine} is not installed")
    create, delete = WORK[name]
    text = MODULE.replace("NAME", name, 1).replace("var.NAME", f"var.{name}")
    sources = {
        "main.tf": text.replace("CREATE", create).replace("DELETE", delete),
        "assume.sh": ASSUME,
        "keys.sh": KEYS,
    }
    title = f"acme-seed-{name}"
    with repository(world, tmp_path, name, sources) as (host, head):
        inputs = seed_inputs(world, host, name, title)
        key = world.define(f"seed-{name}", runner={"engine": engine}, **inputs)
        lives(world, key, (*LOOK[name], title), head)


@pytest.mark.parametrize(
    ("engine", "registry"), [("tofu", "registry.opentofu.org"), ("terraform", "registry.terraform.io")]
)
def test_the_example_s_module_works_with_the_real_aws_provider(
    world: World, tmp_path: Path, engine: str, registry: str
) -> None:
    mirror = Path(os.environ.get("LEASTWAY_TERRAFORM_PROVIDERS", "/nowhere")) / registry / "hashicorp/aws"
    if program(engine) is None or not any(int(each.name.partition(".")[0]) >= 5 for each in mirror.glob("*.*.*")):
        pytest.skip("LEASTWAY_TERRAFORM_PROVIDERS names no mirror with Amazon's provider 5 or 6")
    folder = Path(str(files("leastway"))) / "examples" / "humanitec-keys" / "modules" / "s3"
    sources = {each.name: each.read_text() for each in folder.iterdir()}
    name = f"acme-real-provider-{engine}"
    with repository(world, tmp_path, "bucket", sources) as (host, head):
        inputs = seed_inputs(world, host, "bucket", name)
        key = world.define(f"real-provider-{engine}", runner={"engine": engine}, **inputs)
        lives(world, key, (*LOOK["bucket"], name), head)


PRIVATE = """
variable "region" { type = string }
variable "access_key" { sensitive = true }
variable "secret_key" { sensitive = true }
variable "terraform_assume_role_arn" { type = string }

resource "terraform_data" "parameter" {
  input = { AWS_REGION = var.region, ROLE = var.terraform_assume_role_arn }
  provisioner "local-exec" {
    environment = merge(self.input, { AWS_ACCESS_KEY_ID = var.access_key, AWS_SECRET_ACCESS_KEY = var.secret_key })
    command     = <<-EOT
      . ./assume.sh
      aws ssm put-parameter --type String --value made --name $NAME
    EOT
  }
}
"""


@pytest.mark.parametrize("way", ["https", "ssh"])
def test_the_documents_private_definition_by_either_way(world: World, tmp_path: Path, way: str) -> None:
    if way == "ssh" and not SSHD.exists():
        pytest.skip("there is no sshd on this machine")
    iam = world.client("iam")
    role, title = f"humanitec-parameter-{way}", f"acme-private-{way}"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:user/platform"))
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=allow("ssm:*"))
    iam.close()
    assume = ASSUME.replace(" --external-id $EXTERNAL_ID", "").replace("$SESSION", "private")
    sources = {"main.tf": PRIVATE.replace("$NAME", title), "assume.sh": assume}
    with repository(world, tmp_path, "parameter", sources) as (host, _), contextlib.ExitStack() as stack:
        inputs = seed_inputs(world, host, "parameter", title)
        if way == "ssh":
            ssh = stack.enter_context(ssh_host(tmp_path / "sshd"))
            url = ssh.url(str(tmp_path / "served" / "modules").lstrip("/"))
            inputs["source"] = {"path": "parameter/terraform", "url": url, "known_hosts": ssh.host_key}
            inputs["secrets"]["source"] = {"ssh_key": ssh.key, "password": "of-another-host"}
        else:  # the document gives both to an https address
            inputs["secrets"]["source"]["ssh_key"] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
        inputs["variables"] = {"region": REGION, "terraform_assume_role_arn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}
        run = world.start(world.define(f"private-{way}", **inputs))
        done = world.done(run)
    assert done["commit"]
    assert seen(world, "ssm", "get-parameter", "--name", title)
    assert {one["operation"] for one in world.calls(run)} == {"AssumeRole", "PutParameter"}


PLANNED = """
data "terraform_remote_state" "other" {
  backend = "s3"
  config  = { bucket = "acme-states", key = "other.tfstate", region = "REGION" }
}

resource "terraform_data" "bucket" {
  input = data.terraform_remote_state.other.outputs.name
  provisioner "local-exec" {
    command = "aws s3 mb s3://$NAME"
    environment = { NAME = self.input }
  }
}
"""


def test_a_plan_works_with_its_own_role_and_an_apply_with_the_accounts(world: World) -> None:
    iam, s3 = world.client("iam"), world.client("s3")
    readers = f"arn:aws:iam::{ACCOUNT}:role/humanitec-readers"
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}
    user = f"arn:aws:iam::{ACCOUNT}:user/platform"
    iam.create_role(RoleName="humanitec-readers", AssumeRolePolicyDocument=trust(user, **condition))
    for action in ("s3:Get*", "s3:List*"):
        name = action[3:-1]
        iam.put_role_policy(RoleName="humanitec-readers", PolicyName=name, PolicyDocument=allow(action))
    where = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    s3.create_bucket(Bucket="acme-states", **where)
    outputs = {"name": {"value": "acme-planned", "type": "string"}}
    state = {"version": 4, "terraform_version": "1.6.0", "serial": 1, "lineage": "other", "outputs": outputs}
    s3.put_object(Bucket="acme-states", Key="other.tfstate", Body=json.dumps({**state, "resources": []}).encode())
    iam.close()
    s3.close()
    runner = {"plan_role": readers, "plan_external_id": EXTERNAL_ID}
    key = world.define("planned", script=PLANNED.replace("REGION", REGION), runner=runner)
    run = world.start(key)
    world.done(run)
    assert "acme-planned" in world.buckets()
    calls = world.calls(run)
    assert {one["role"] for one in calls if one["operation"] == "GetObject"} == {readers}
    assert {one["role"] for one in calls if one["operation"] == "CreateBucket"} == {ROLE}
    assert {(one["phase"], one["role"]) for one in calls} == {("plan", readers), ("apply", ROLE)}


FILE = """
locals { given = jsondecode(file("credentials.json")) }

resource "terraform_data" "bucket" {
  provisioner "local-exec" {
    command     = "aws s3 mb s3://acme-by-file"
    environment = { for name, field in NAMES : name => local.given[field] }
  }
}

output "is_surrogate" { value = startswith(local.given.AccessKeyId, "ASIALW") }
"""
NAMES = (
    '{ AWS_ACCESS_KEY_ID = "AccessKeyId", AWS_SECRET_ACCESS_KEY = "SecretAccessKey", '
    'AWS_SESSION_TOKEN = "SessionToken" }'
)


def test_a_file_with_credentials_is_beside_the_module_and_holds_surrogates(world: World) -> None:
    key = world.define("byfile", script=FILE.replace("NAMES", NAMES), credentials_config={"file": "credentials.json"})
    run = world.start(key)
    world.done(run)
    assert "acme-by-file" in world.buckets()
    assert world.active()["byfile"]["resource"] == {"is_surrogate": True}


def test_a_file_with_credentials_does_not_replace_one_of_the_module(world: World) -> None:
    key = world.define(
        "filetwice",
        script="# nothing\n",
        files={"credentials.json": "{}"},
        credentials_config={"file": "credentials.json"},
    )
    ended = world.wait(world.start(key))
    assert (ended["status"], ended["phase"]) == ("failed", "fetch")
    assert "the name of credentials_config.file" in ended["error"]
