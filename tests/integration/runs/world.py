"""A server with a cloud account on the embedded AWS, and definitions whose modules work by the real aws CLI."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import boto3
import pytest
from botocore.config import Config
from sqlalchemy import text as text_of

from leastway.audit import Entry, read_entry
from leastway.grant import PolicyFile, TerraformRole
from leastway.policy import PolicyKind, parse_policy
from leastway.primitives import Secret
from leastway.proof import contract_of, document_of
from leastway.sandbox import AccountSeed, Sandbox, Scenario, SeededKey
from tests.integration.sandbox.world import allow, trust
from tests.running_server import RunningServer, running_server
from tests.unit.compiler.conftest import EXTERNAL_IDS, grant_of

ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-runs"
EXTERNAL_ID = token_hex(16)  # another one in each worker: tests look for it in processes
ACCOUNT_BODY = {
    "id": "runs",
    "name": "Runs",
    "type": "aws-role",
    "credentials": {"aws_role": ROLE, "external_id": EXTERNAL_ID},
}
BUCKET_MODULE = """
variable "bucket" { type = string }

resource "terraform_data" "bucket" {
  input = var.bucket
  provisioner "local-exec" {
    command = "aws s3 mb s3://$\\{self.input}"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "aws s3 rb s3://$\\{self.input}"
  }
}

output "name" { value = terraform_data.bucket.output }

output "token" {
  value     = "PLANTED-$\\{var.bucket}"
  sensitive = true
}
"""
ENGINE = "terraform" if shutil.which("terraform") else "tofu"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AccessKeyId",
    "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
    "AWS_SESSION_TOKEN": "SessionToken",
}


@dataclass
class World:
    """The server, and the embedded AWS as its administrator."""

    server: RunningServer
    sandbox: Sandbox
    admin: SeededKey
    folder: Path
    key: SeededKey
    """The key of the platform's user, with which the server itself signs in."""

    @contextmanager
    def trusting(self, authorities: str | None, host: str) -> Iterator[None]:
        """Let the server fetch from a private host, whose certificate one of these authorities signed."""
        sources = self.server.server.runs._made().work._sources
        before = sources._settings
        if authorities is not None:
            (self.folder / "ca.pem").write_text(authorities)
        ca = None if authorities is None else self.folder / "ca.pem"
        sources._settings = replace(before, source_hosts=(host,), source_ca=ca)
        try:
            yield
        finally:
            sources._settings = before

    @contextmanager
    def contract(self, *policies: str) -> Iterator[str]:
        """Give the role of the runs these policies by a contract, and yield its digest; it is void again at the end."""
        parsed = [parse_policy(text, kind=PolicyKind.IDENTITY) for text in policies]
        files = [
            PolicyFile(Path(f"policies/{number}.json"), text, policy)
            for number, (text, policy) in enumerate(zip(policies, parsed, strict=True))
        ]
        grant = grant_of(roles=(TerraformRole(name="humanitec-runs", policies=tuple(files)),))
        account = grant.accounts[0]
        document = document_of(grant, account, contract_of(grant, account, EXTERNAL_IDS))
        path = f"/orgs/acme/contracts/acme/accounts/{ACCOUNT}"
        answer = self.server.request("PUT", path, json.loads(document.content))
        assert answer.status == 200, answer.body
        try:
            yield document.digest
        finally:
            with self.server.server.store.writing() as transaction:
                transaction._connection.execute(text_of("DELETE FROM contracts"))

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.sandbox.endpoint,
            region_name=REGION,
            aws_access_key_id=self.admin.id,
            aws_secret_access_key=self.admin.secret.reveal(),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def buckets(self) -> set[str]:
        client = self.client("s3")
        try:
            return {one["Name"] for one in client.list_buckets()["Buckets"]}
        finally:
            client.close()

    def define(self, name: str, *, account: str | None = "runs", **inputs: Any) -> str:
        """Make a definition for the resource `s3#NAME`, and return its key."""
        values = {"credentials_config": {"environment": ENVIRONMENT}, **inputs}
        values["runner"] = {"engine": ENGINE, **values.get("runner", {})}
        secrets = values.pop("secrets", None)
        body: dict[str, Any] = {
            "id": name,
            "name": name,
            "type": "s3",
            "driver_type": "humanitec/terraform",
            "driver_inputs": {"values": values},
            "criteria": [{"res_id": name}],
        }
        if secrets is not None:
            body["driver_inputs"]["secrets"] = secrets
        if account is not None:
            body["driver_account"] = account
        answer = self.server.request("POST", "/orgs/acme/resources/defs", body)
        assert answer.status == 200, answer.body
        return f"s3#{name}"

    def start(self, resource: str, action: str = "apply", **more: Any) -> str:
        body = {"app_id": "shop", "env_id": "dev", "resource": resource, "action": action, **more}
        answer = self.server.request("POST", "/orgs/acme/runs", body)
        assert answer.status == 201, answer.body
        return str(answer.json()["id"])

    def show(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.server.request("GET", f"/orgs/acme/runs/{run}").json()
        return found

    def runs(self, query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.server.request("GET", f"/orgs/acme/runs{query}").json()
        return found

    def log(self, run: str) -> list[str]:
        lines = self.server.request("GET", f"/orgs/acme/runs/{run}/log").json()
        return [f"{one['phase']}: {one['text']}" for one in lines]

    def calls(self, run: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.server.request("GET", f"/orgs/acme/runs/{run}/calls").json()
        return found

    def entries(self) -> list[Entry]:
        """Return the organization's audit log, with what has no position in it yet."""
        with self.server.server.store.reading() as transaction:
            head = transaction.audit.heads(["acme"]).get("acme")
            placed = [] if head is None else transaction.audit.entries("acme", head.number, 0, head.size)
            pending = [one.data for one in transaction.audit.pending(10_000) if one.organization == "acme"]
        return [read_entry(data) for data in (*placed, *pending)]

    def wait(self, run: str, *statuses: str, seconds: float = 120) -> dict[str, Any]:
        """Wait until a run has one of these statuses, by default an end."""
        wanted = statuses or ("succeeded", "failed", "cancelled")
        give_up = time.monotonic() + seconds
        while (found := self.show(run))["status"] not in wanted:
            assert time.monotonic() < give_up, (found, self.log(run))
            time.sleep(0.1)
        return found

    def until_line(self, run: str, text: str) -> None:
        """Wait until a line of a run's log has this text, while the run goes on."""
        give_up = time.monotonic() + 180
        while not any(text in line for line in self.log(run)):
            assert time.monotonic() < give_up, self.log(run)
            assert (found := self.show(run))["ended_at"] is None, (found, self.log(run)[-20:])
            time.sleep(0.05)

    def done(self, run: str, seconds: float = 120) -> dict[str, Any]:
        """Wait until a run has succeeded."""
        found = self.wait(run, seconds=seconds)
        assert found["status"] == "succeeded", (found["error"], self.log(run), self.calls(run))
        return found

    def active(self) -> dict[str, dict[str, Any]]:
        found = self.server.request("GET", "/orgs/acme/apps/shop/envs/dev/resources").json()
        return {one["res_id"]: one for one in found}


@contextmanager
def resolving(host: str) -> Iterator[None]:
    """Let a name be this machine."""
    real = socket.getaddrinfo

    def found(name: Any, *arguments: Any, **keywords: Any) -> Any:
        return real("127.0.0.1" if name == host else name, *arguments, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", found)
        yield


_NOT_OF_AWS = shutil.ignore_patterns("cfnlint", "sympy", "networkx", "mpmath", "regex", "pip")
"""Packages beside the aws CLI that it does not need: half of all files."""


def tools(folder: Path) -> Path:
    """Make the operator's folder: Terraform, and the aws CLI as a program that the sandbox's user can start."""
    programs = [one for one in map(program, ("terraform", "tofu")) if one is not None]
    aws = shutil.which("aws")
    if not programs:
        pytest.skip("neither terraform nor tofu is installed")
    if aws is None:
        pytest.skip("aws is not installed")
    if shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    python = Path("/usr/bin/python3")
    packages = Path(aws).resolve().parents[1] / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    version = f"python3.{sys.version_info[1]}"
    if not packages.is_dir() or python.resolve().name != version:
        pytest.skip(f"the user of the sandboxes has no {version} in /usr/bin")
    folder.mkdir()
    for found in programs:
        _linked(str(found.resolve()), str(folder / found.name))
    assets, mirror = os.environ.get("LEASTWAY_TERRAFORM_ASSETS"), os.environ.get("LEASTWAY_TERRAFORM_PROVIDERS")
    for given in (Path(assets) / "providers" if assets else None, Path(mirror) if mirror else None):
        if given is not None and given.is_dir():
            shutil.copytree(given, folder / "providers", copy_function=_linked, dirs_exist_ok=True)
    shutil.copytree(packages, folder / "packages", copy_function=_linked, ignore=_NOT_OF_AWS)
    wrapper = folder / "aws"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={folder}/packages exec {python} -m awscli "$@"\n')
    wrapper.chmod(0o755)
    return folder


def program(name: str) -> Path | None:
    """Return a program of PATH or of the assets, as a file that the user of the sandboxes can start."""
    assets = os.environ.get("LEASTWAY_TERRAFORM_ASSETS")
    found = shutil.which(name) or (shutil.which(name, path=assets) if assets else None)
    return None if found is None else Path(found)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@contextmanager
def open_world(
    folder: Path, sandbox: Sandbox, patch: pytest.MonkeyPatch, endpoint: str | None = None, **settings: Any
) -> Iterator[World]:
    """Start a server whose own identity is the platform's user of the embedded AWS, behind `endpoint` if given.

    `settings` are more settings of the server.
    """
    keys = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT),)))
    admin = keys.admins[ACCOUNT]
    world = World(None, sandbox, admin, folder, admin)  # type: ignore[arg-type]  # the server comes below
    iam = world.client("iam")
    user = iam.create_user(UserName="platform")["User"]["Arn"]
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}
    iam.create_role(RoleName="humanitec-runs", AssumeRolePolicyDocument=trust(user, **condition))
    iam.put_role_policy(RoleName="humanitec-runs", PolicyName="p", PolicyDocument=allow("*"))
    iam.put_user_policy(UserName="platform", PolicyName="p", PolicyDocument=allow("sts:AssumeRole"))
    made = iam.create_access_key(UserName="platform")["AccessKey"]
    iam.close()
    world.key = SeededKey(made["AccessKeyId"], Secret(made["SecretAccessKey"]))
    for name, value in {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint or sandbox.endpoint,
    }.items():
        patch.setenv(name, value)
    where = folder / "tools" if (folder / "tools").is_dir() else tools(folder / "tools")
    settings = {"run_folder": folder / "r", "run_tools": where, "region": REGION, **settings}
    with running_server(folder / "s", **settings) as server:
        world.server = server
        assert server.request("POST", "/orgs/acme/env-types", {"id": "development-type"}).status == 201
        body = {"id": "shop", "name": "Shop", "env": {"id": "dev", "name": "D", "type": "development-type"}}
        assert server.request("POST", "/orgs/acme/apps", body).status == 201
        answer = server.request("POST", "/orgs/acme/resources/accounts", ACCOUNT_BODY)
        assert answer.status == 200, answer.body
        yield world
