"""Contracts of grants over HTTP: in versions by digest, of one organization, with their audit entries."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from leastway.proof import contract_of, document_of, parse_contract
from leastway.store import AccountClaim
from leastway.store.platform_schema import audit_entries
from tests.running_server import RunningServer
from tests.unit.compiler.conftest import ACCOUNT, EDIT, EXTERNAL_IDS, S3_ROLE, cluster, grant_of


def path(grant: str, organization: str = "acme") -> str:
    return f"/orgs/{organization}/contracts/{grant}/accounts/{ACCOUNT}"


def contract(name: str, *clusters: str) -> Any:
    grant = replace(grant_of(*(cluster(one, EDIT) for one in clusters), roles=(S3_ROLE,)), name=name)
    account = grant.accounts[0]
    return json.loads(document_of(grant, account, contract_of(grant, account, EXTERNAL_IDS)).content)


def entries(running: RunningServer, grant: str) -> list[Any]:
    with running.server.store.reading() as transaction:
        rows = transaction._connection.execute(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        found = [json.loads(row.entry) for row in rows]
    return [one for one in found if one["action"] == "contract.stored" and one["target"].startswith(f"{grant}/")]


def test_a_contract_is_stored_in_versions_and_read_again(running: RunningServer) -> None:
    first, second = contract("versions", "prod"), contract("versions", "prod", "test")
    answers = [running.request("PUT", path("versions"), one).json() for one in (first, first, second, first)]
    assert [one["version"] for one in answers] == [1, 1, 2, 3]
    assert answers[0]["digest"] == answers[3]["digest"] != answers[2]["digest"]
    assert [one["details"]["digest"] for one in entries(running, "versions")] == [
        answers[number]["digest"] for number in (0, 2, 3)
    ]
    now = running.request("GET", path("versions")).json()
    assert (now["contract"], now["version"]) == (first, 3)
    assert parse_contract(now["contract"]).digest == now["digest"]
    old = running.request("GET", f"{path('versions')}/versions/{answers[2]['digest']}").json()
    assert old["contract"] == second
    assert [one["version"] for one in running.request("GET", f"{path('versions')}/versions").json()] == [3, 2, 1]
    listed = running.request("GET", "/orgs/acme/contracts").json()
    assert [(one["grant"], one["version"]) for one in listed if one["grant"] == "versions"] == [("versions", 3)]
    assert running.request("GET", f"/orgs/acme/contracts?account={ACCOUNT}").json() == listed
    assert running.request("GET", "/orgs/acme/contracts?account=444455556666").json() == []


def test_a_wrong_contract_names_its_member_and_stores_nothing(running: RunningServer) -> None:
    good = contract("wrong", "prod")
    for body, word in (
        ({**good, "surplus": 1}, "surplus"),
        ({**good, "format": "PLANTED9431"}, "format"),
        ({**good, "grant": "other"}, "grant"),
        ({**good, "account": "444455556666"}, "account"),
        ({}, "format"),
    ):
        answer = running.request("PUT", path("wrong"), body)
        assert answer.status == 400
        assert word in answer.json()["message"]
        assert "PLANTED9431" not in answer.body.decode()
    assert running.request("PUT", path("wrong"), raw=b"[]").status == 400
    assert running.request("GET", path("wrong")).status == 404
    assert running.request("GET", f"{path('wrong')}/versions").status == 404


def test_an_account_of_another_organization_is_not_available(running: RunningServer) -> None:
    body = {**contract("claimed", "prod"), "account": "999988887777"}
    with running.server.store.writing() as transaction:
        assert transaction.claims.take("other", [AccountClaim.of_account("999988887777")])
    answer = running.request("PUT", "/orgs/acme/contracts/claimed/accounts/999988887777", body)
    assert (answer.status, "not available" in answer.json()["message"]) == (400, True)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_another_organizations_contracts_do_not_exist(running: RunningServer, method: str) -> None:
    body = contract("x", "prod") if method == "PUT" else None
    assert running.request(method, path("x", "other"), body).status == 404
    assert running.request("GET", "/orgs/other/contracts").status == 404
