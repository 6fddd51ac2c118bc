"""Humanitec's own generated client, @humanitec/autogen of npm, against a running server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running_server import RunningServer, running_server

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent
CLIENT = HERE.parents[2] / ".tools/npm/node_modules/@humanitec/autogen/dist/index.js"
ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
KEY = {"aws_access_key_id": "AKIAEXAMPLEEXAMPLE00", "aws_secret_access_key": "planted-secret-of-the-account"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


def _call(running: RunningServer, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    node = shutil.which("node")
    if node is None or not CLIENT.exists():
        pytest.skip("the npm client @humanitec/autogen is not installed: make tools, with node and npm")
    environment = {"CLIENT": CLIENT.as_uri(), "BASE": running.url, "TOKEN": running.owner.reveal()}
    ended = subprocess.run(
        [node, HERE / "autogen.mjs"],
        input=json.dumps([{"call": name, "parameters": parameters} for name, parameters in calls]),
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    results: list[dict[str, Any]] = json.loads(ended.stdout)
    return results


def _account(identifier: str, kind: str, credentials: dict[str, str]) -> dict[str, Any]:
    body = {"id": identifier, "name": f"Account {identifier}", "type": kind, "credentials": credentials}
    return {"orgId": "acme", "CreateResourceAccountRequestRequest": body}


def test_accounts_are_created_read_changed_and_deleted(running: RunningServer) -> None:
    one = {"orgId": "acme", "accId": "s3-role"}
    role = {"aws_role": ROLE, "external_id": "e" * 32}
    types, created, key, read, listed, patched, deleted, gone = _call(
        running,
        ("listResourceAccountTypes", {"orgId": "acme"}),
        ("createResourceAccount", _account("s3-role", "aws-role", role)),
        ("createResourceAccount", _account("long-term", "aws", KEY)),
        ("getResourceAccount", one),
        ("listResourceAccounts", {"orgId": "acme"}),
        ("patchResourceAccount", {**one, "UpdateResourceAccountRequestRequest": {"name": "New name"}}),
        ("deleteResourceAccount", one),
        ("getResourceAccount", one),
    )
    assert {each["type"] for each in types["value"]} == {"aws", "aws-role"}
    account = created["value"]
    assert account.items() >= {"id": "s3-role", "name": "Account s3-role", "type": "aws-role", "is_used": False}.items()
    assert read["value"] == account
    assert [each["id"] for each in listed["value"]] == ["long-term", "s3-role"]
    assert patched["value"] == {**account, "name": "New name"}
    assert deleted["value"] is None
    assert (gone["status"], gone["body"]["error"]) == (404, "not-found")
    assert KEY["aws_secret_access_key"] not in json.dumps([created, key, read, listed, patched])


def test_refusals_reach_the_client_as_its_own_errors(running: RunningServer) -> None:
    wrong, elsewhere = _call(
        running,
        ("createResourceAccount", _account("wrong", "aws", {**KEY, "region": "planted-value"})),
        ("listResourceAccounts", {"orgId": "other"}),
    )
    assert wrong["status"] == 400
    assert "planted" not in wrong["body"]["message"]
    assert elsewhere["status"] == 404


def test_users_tokens_and_the_audit_log(running: RunningServer) -> None:
    (created,) = _call(
        running,
        ("createServiceUserInOrg", {"orgId": "acme", "NewServiceUserRequest": {"name": "CI", "role": "manager"}}),
    )
    user = created["value"]["id"]
    token, tokens, me, role, log = _call(
        running,
        ("createUserToken", {"userId": user, "TokenDefinitionRequest": {"id": "ci", "type": "static"}}),
        ("listUserTokens", {"userId": user}),
        ("getCurrentUser", {}),
        ("getUserRoleInOrg", {"orgId": "acme", "userId": user}),
        ("listAuditLogEntries", {"orgId": "acme", "per_page": 2}),
    )
    assert token["value"]["token"].startswith("lwt_")
    assert [each["id"] for each in tokens["value"]] == ["ci"]
    assert me["value"]["roles"] == {"/orgs/acme": "administrator"}
    assert role["value"]["role"] == "manager"
    latest = [(entry["request_method"], entry["request_path"]) for entry in log["value"]]
    assert latest == [("POST", f"/users/{user}/tokens"), ("POST", "/orgs/acme/users")]
