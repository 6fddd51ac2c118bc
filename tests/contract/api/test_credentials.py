"""Credentials, tokens for clusters, roles and kill switches over HTTP, with a scripted STS, on every database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from leastway.ports import StsRefusedError
from leastway.primitives import Secret
from leastway.service import kill_switches
from leastway.service.broker import StoredAccounts
from leastway.sessions import KillSwitch, Scope
from leastway.store import AccountClaim, PlatformStore, Transaction
from leastway.store.platform_schema import audit_entries
from tests.running_server import RunningServer
from tests.scripted_aws import RIGHT_ID, ROLE
from tests.scripted_sts import ScriptedSts, sts_of_servers

ACCOUNTS = "/orgs/acme/resources/accounts"
SWITCHES = "/orgs/acme/kill-switches"
PREFIX = ROLE.rpartition("/")[0]
LISTED = f"{PREFIX}/humanitec-sqs"


@pytest.fixture(scope="module", autouse=True)
def sts() -> Iterator[ScriptedSts]:
    """Every server of this file has this STS."""
    with sts_of_servers() as scripted:
        yield scripted


@pytest.fixture
def account(running: RunningServer, request: pytest.FixtureRequest) -> str:
    """Create an account of type aws-role for one test."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[-60:].strip("-")
    return create(running, name, "aws-role", {"aws_role": ROLE, "external_id": RIGHT_ID})


def create(running: RunningServer, name: str, kind: str, credentials: dict[str, str]) -> str:
    body = {"id": name, "name": name, "type": kind, "credentials": credentials}
    answer = running.request("POST", ACCOUNTS, body)
    assert answer.status == 200, answer.body
    return name


def entries(running: RunningServer, *actions: str) -> list[Any]:
    with running.server.store.reading() as transaction:
        rows = transaction._connection.execute(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        return [found for row in rows if (found := json.loads(row.entry))["action"] in actions]


def token_of(running: RunningServer, role: str) -> tuple[str, Secret]:
    """Create a user with a role, and return its id and a token."""
    user = running.request("POST", "/orgs/acme/users", {"name": role, "role": role}).json()["id"]
    made = running.request("POST", f"/users/{user}/tokens", {"id": "t", "type": "static"}).json()
    return user, Secret(made["token"])


def switch_on(running: RunningServer, **body: object) -> Any:
    answer = running.request("POST", SWITCHES, {"reason": "a leak", **body})
    assert answer.status == 200, answer.body
    return answer.json()


def switch_off(running: RunningServer, switch: Any) -> None:
    assert running.request("DELETE", f"{SWITCHES}/{switch['id']}").status == 204


@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_an_sdk_gets_credentials_with_the_token_as_it_is(running: RunningServer, account: str, scheme: str) -> None:
    path = f"{ACCOUNTS}/{account}/credentials"
    answer = running.request("GET", path, headers={"Authorization": scheme + running.owner.reveal()})
    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() == {"AccessKeyId", "SecretAccessKey", "Token", "Expiration", "RoleArn"}
    expires = datetime.strptime(body["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(minutes=59) < expires - datetime.now(UTC) <= timedelta(hours=1)
    entry = entries(running, "credentials.handed-out")[-1]
    assert entry["details"]["access_key_id"] == body["AccessKeyId"]
    assert entry["request"] == {"method": "GET", "path": path, "status": 200}
    assert body["SecretAccessKey"] not in json.dumps(entry)


def test_sts_gets_what_the_request_names(running: RunningServer, account: str, sts: ScriptedSts) -> None:
    query = "?duration=900&session_name=build-7"
    assert running.request("GET", f"{ACCOUNTS}/{account}/credentials{query}").status == 200
    request = sts.calls[-1][0]
    assert (request.role, request.external_id) == (ROLE, RIGHT_ID)
    assert (request.duration, request.session_name, request.account) == (900, "build-7", account)


def test_a_check_that_passes_has_new_sessions_made_for_the_account_and_no_other(
    running: RunningServer, account: str
) -> None:
    other = create(running, f"{account[:50]}-too", "aws-role", {"aws_role": ROLE, "external_id": RIGHT_ID})

    def handed_out(of: str) -> str:
        answer = running.request("GET", f"{ACCOUNTS}/{of}/credentials")
        assert answer.status == 200, answer.body
        return str(answer.json()["AccessKeyId"])

    first, theirs = handed_out(account), handed_out(other)
    assert handed_out(account) == first
    checked = running.request("POST", f"{ACCOUNTS}/{account}/actions/check")
    assert checked.status == 200, checked.body
    second = handed_out(account)
    assert second != first
    assert handed_out(account) == second
    assert handed_out(other) == theirs


def test_what_another_organization_claims_is_not_handed_out_any_more(running: RunningServer, sts: ScriptedSts) -> None:
    credentials = {"aws_role": "arn:aws:iam::444455556666:role/humanitec-theirs", "external_id": "its-id"}
    name = create(running, "claimed-later", "aws-role", credentials)
    assert running.request("GET", f"{ACCOUNTS}/{name}/credentials").status == 200
    with running.server.store.writing() as transaction:  # as a check does that passed
        assert transaction.claims.take("other", [AccountClaim.of_account("444455556666")])
        transaction.accounts.renew_sessions("other", "prod")
    called = len(sts.calls)
    answer = running.request("GET", f"{ACCOUNTS}/{name}/credentials")
    assert (answer.status, answer.json()["error"]) == (403, "role-not-allowed")
    assert b"other" not in answer.body
    assert len(sts.calls) == called


@pytest.mark.parametrize(
    ("query", "status", "word", "message"),
    [
        ("?duration=899", 400, "invalid", "cannot last 899 seconds"),
        ("?duration=1e3", 400, "invalid", "duration: it is not a number of seconds"),
        ("?session_name=a+b", 400, "invalid", "the session name is not valid"),
        ("?rolle=x", 400, "invalid", "unknown parameter 'rolle'"),
        (f"?role={PREFIX}/humanitec-other", 403, "role-not-allowed", "is not in the account's list"),
        (f"?role={PREFIX}/admin", 403, "role-not-allowed", "is not in the account's list"),
        ("?definition=sqs", 403, "role-not-allowed", "has no role for definition sqs"),
    ],
)
def test_what_is_not_allowed_is_refused_before_sts_is_called(
    running: RunningServer, account: str, sts: ScriptedSts, query: str, status: int, word: str, message: str
) -> None:
    before = len(sts.calls)
    answer = running.request("GET", f"{ACCOUNTS}/{account}/credentials{query}")
    assert (answer.status, answer.json()["error"]) == (status, word)
    assert message in answer.json()["message"]
    assert len(sts.calls) == before


def test_a_refusal_of_sts_is_shown_with_role_and_request_id(
    running: RunningServer, account: str, sts: ScriptedSts
) -> None:
    sts.fails = StsRefusedError("x is not allowed to perform sts:AssumeRole [request 42]", where=f"role {ROLE}")
    answer = running.request("GET", f"{ACCOUNTS}/{account}/credentials")
    sts.fails = None
    assert (answer.status, answer.json()["error"]) == (403, "refused-by-aws")
    assert answer.json()["message"] == f"role {ROLE}: x is not allowed to perform sts:AssumeRole [request 42]"
    assert RIGHT_ID.encode() not in answer.body


def test_an_account_that_is_deleted_while_it_is_read_is_not_called_damaged(
    running: RunningServer, account: str
) -> None:
    server = running.server

    @contextmanager
    def reading() -> Iterator[Transaction]:
        with server.store.reading() as transaction:
            yield transaction
        running.request("DELETE", f"{ACCOUNTS}/{account}")

    accounts = StoredAccounts(cast("PlatformStore", SimpleNamespace(reading=reading)), server.custody)
    found = accounts.roles("acme", account)
    assert found is not None
    assert found.own is not None
    assert found.own.arn == ROLE
    assert accounts.roles("acme", account) is None


def test_an_organization_has_a_limit_of_switches_that_are_on_and_can_still_stop_everything(
    running: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = sum(one.organization == "acme" for one in running.server.brokerage.gate.on)
    monkeypatch.setattr(kill_switches, "MOST_ON", on + 1)
    some, everything = {"scope": "account", "target": "some", "reason": "x"}, {"scope": "organization", "reason": "x"}
    made = [running.request("POST", SWITCHES, some)]
    refused = running.request("POST", SWITCHES, some)
    assert (refused.status, refused.json()["error"]) == (409, "conflict")
    assert "use the scope organization" in refused.json()["message"]
    made.append(running.request("POST", SWITCHES, everything))
    assert running.request("POST", SWITCHES, everything).status == 409
    for one in made:
        assert running.request("DELETE", f"{SWITCHES}/{one.json()['id']}").status == 204


def test_another_organization_s_ids_do_not_exist_and_are_entered(running: RunningServer) -> None:
    before = len(entries(running, "request.refused"))
    for method, path, body in (
        ("GET", "/orgs/other/resources/accounts/prod/credentials", None),
        ("POST", "/orgs/other/resources/accounts/prod/eks-token", {"cluster": "c", "region": "r"}),
        ("GET", "/orgs/other/resources/accounts/prod/roles", None),
        ("POST", "/orgs/other/resources/accounts/prod/roles", {"role": ROLE}),
        ("DELETE", f"/orgs/other/resources/accounts/prod/roles?role={ROLE}", None),
        ("GET", "/orgs/other/sessions", None),
        ("GET", "/orgs/other/kill-switches", None),
        ("POST", "/orgs/other/kill-switches", {"scope": "organization", "reason": "x"}),
        ("DELETE", "/orgs/other/kill-switches/1", None),
    ):
        answer = running.request(method, path, body)
        assert (answer.status, answer.json()["error"]) == (404, "not-found"), path
    assert len(entries(running, "request.refused")) == before + 9


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Referer": "https://evil.example/"},
        {"Host": "rebound.example"},
        {"Host": "rebound.example:8470"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": ""},
    ],
)
def test_browsers_and_unknown_hosts_are_refused(running: RunningServer, headers: dict[str, str]) -> None:
    answer = running.request("GET", f"{ACCOUNTS}/any/credentials", headers=headers)
    assert (answer.status, answer.json()["error"]) == (403, "forbidden")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8470", "localhost:1", "[::1]", "[::1]:8470", "LOCALHOST"])
def test_names_of_loopback_are_accepted(running: RunningServer, host: str) -> None:
    answer = running.request("GET", f"{ACCOUNTS}/any/credentials", headers={"Host": host})
    assert answer.status == 404


@pytest.mark.parametrize("token", ["", "lwt_unknown", "Bearer", "Bearer lwt_unknown", "Basic abc", "a b c"])
def test_a_request_without_a_valid_token_gets_nothing(running: RunningServer, token: str) -> None:
    answer = running.request("GET", f"{ACCOUNTS}/any/credentials", headers={"Authorization": token})
    assert (answer.status, answer.json()["error"]) == (401, "unauthenticated")


def test_a_revoked_token_and_a_smaller_role_are_seen_by_the_next_hand_out(running: RunningServer, account: str) -> None:
    user, token = token_of(running, "manager")
    path = f"{ACCOUNTS}/{account}/credentials"
    for _ in range(2):
        assert running.request("GET", path, token=token).status == 200
    assert running.request("PATCH", f"/orgs/acme/users/{user}", {"role": "member"}).status == 200
    assert running.request("GET", path, token=token).status == 403
    assert running.request("PATCH", f"/orgs/acme/users/{user}", {"role": "manager"}).status == 200
    assert running.request("GET", path, token=token).status == 200
    assert running.request("DELETE", f"/users/{user}/tokens/t").status == 204
    assert running.request("GET", path, token=token).status == 401


def test_a_changed_or_deleted_account_is_seen_by_the_next_hand_out(
    running: RunningServer, account: str, sts: ScriptedSts
) -> None:
    path = f"{ACCOUNTS}/{account}"
    assert running.request("GET", f"{path}/credentials").status == 200
    changed = {"credentials": {"aws_role": ROLE, "external_id": "another-id"}}
    assert running.request("PATCH", path, changed).status == 200
    assert running.request("GET", f"{path}/credentials").status == 200
    assert sts.calls[-1][0].external_id == "another-id"
    assert running.request("DELETE", path).status == 204
    assert running.request("GET", f"{path}/credentials").status == 404


def test_the_roles_of_an_account_are_listed_added_and_removed(
    running: RunningServer, account: str, sts: ScriptedSts
) -> None:
    path = f"{ACCOUNTS}/{account}"
    role = {"role": LISTED, "external_id": "id-of-sqs", "session_name": "sqs", "duration": 1800, "definition": "sqs"}
    assert running.request("POST", f"{path}/roles", role).json() == role
    assert running.request("GET", f"{path}/roles").json() == [role]
    answer = running.request("GET", f"{path}/credentials?definition=sqs")
    assert (answer.status, answer.json()["RoleArn"]) == (200, LISTED)
    (_, first), (request, signer) = sts.calls[-2:]
    assert first is None
    assert signer is not None
    assert (request.external_id, request.session_name, request.duration) == ("id-of-sqs", "sqs", 1800)
    assert running.request("DELETE", f"{path}/roles?role={LISTED}&definition=sqs").status == 204
    assert running.request("DELETE", f"{path}/roles?role={LISTED}&definition=sqs").status == 404
    assert running.request("GET", f"{path}/credentials?definition=sqs").status == 403


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ({"role": f"{PREFIX}/admin"}, "role: its name does not begin with humanitec"),
        ({"role": "humanitec-x"}, "not a valid ARN of an IAM role"),
        ({"role": LISTED, "duration": 899}, "cannot last 899 seconds"),
        ({"role": LISTED, "external_id": "<<ID>>"}, "the external id is not valid"),
    ],
)
def test_a_role_that_could_not_be_assumed_is_not_listed(
    running: RunningServer, role: dict[str, object], message: str
) -> None:
    answer = running.request("POST", f"{ACCOUNTS}/any/roles", role)
    assert answer.status == 400
    assert message in answer.json()["message"]


def test_a_token_for_a_cluster_is_signed_and_entered(running: RunningServer, account: str) -> None:
    credentials = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x" * 40}
    key = create(running, f"{account}-k"[-60:], "aws", credentials)
    body = {"cluster": "prod", "region": "eu-west-1"}
    for name, start in ((account, "k8s-aws-v1.ASIA"), (key, "k8s-aws-v1.AKIAIOSFODNN7EXAMPLE")):
        answer = running.request("POST", f"{ACCOUNTS}/{name}/eks-token", body)
        assert answer.status == 200, answer.body
        assert answer.json()["token"].startswith(start)
        entry = entries(running, "eks-token.handed-out")[-1]
        assert (entry["target"], entry["details"]["account"]) == ("prod", name)
    assert running.request("GET", f"{ACCOUNTS}/{key}/credentials").status == 403


def test_a_kill_switch_stops_the_account_until_an_owner_turns_it_off(running: RunningServer, account: str) -> None:
    _, operator = token_of(running, "manager")
    _, viewer = token_of(running, "member")
    path = f"{ACCOUNTS}/{account}/credentials"
    handed = running.request("GET", path).json()
    body = {"scope": "account", "target": account, "reason": "a leak"}
    assert running.request("POST", SWITCHES, body, token=viewer).status == 403
    switch = running.request("POST", SWITCHES, body, token=operator).json()
    assert (switch["is_on"], switch["is_durable"]) == (True, True)
    assert [one["access_key_id"] for one in switch["only_aws_can_end"]] == [handed["AccessKeyId"]]
    refused = running.request("GET", path)
    assert (refused.status, refused.json()["error"]) == (403, "stopped")
    assert f"a kill switch stops account {account}" in refused.json()["message"]
    assert switch["id"] in [one["id"] for one in running.request("GET", SWITCHES).json()]
    ended = [one for one in running.request("GET", "/orgs/acme/sessions").json() if one["account"] == account]
    assert [one["ended_because"] for one in ended] == [f"kill switch {switch['id']}"]
    assert running.request("DELETE", f"{SWITCHES}/{switch['id']}", token=operator).status == 403
    switch_off(running, switch)
    assert running.request("GET", path).json()["AccessKeyId"] != handed["AccessKeyId"]
    assert running.request("DELETE", f"{SWITCHES}/{switch['id']}").status == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"scope": "everything"}, "scope: this scope is for administrators of the server"),
        ({"scope": "world"}, "scope: unknown scope"),
        ({"scope": "account"}, "needs to say which one"),
        ({"scope": "organization", "target": "x"}, "has no target"),
        ({"scope": "organization", "reason": " "}, "a kill switch needs a reason"),
        ({"scope": "organization", "reason": "x" * 501}, "reason: it is longer than 500 characters"),
    ],
)
def test_a_kill_switch_that_cannot_be_is_refused(running: RunningServer, body: dict[str, object], message: str) -> None:
    answer = running.request("POST", SWITCHES, {"reason": "a leak", **body})
    assert answer.status == 400
    assert message in answer.json()["message"]
    assert not [one for one in running.request("GET", SWITCHES).json() if one["is_on"]]


def test_a_token_for_some_accounts_takes_their_credentials_and_nothing_else(
    running: RunningServer, account: str
) -> None:
    other = create(running, f"{account}-2"[-60:].strip("-"), "aws-role", {"aws_role": ROLE, "external_id": RIGHT_ID})
    user, full = token_of(running, "administrator")
    made = running.request("POST", f"/users/{user}/tokens", {"id": "narrow", "accounts": [account]})
    narrow = Secret(made.json()["token"])
    cluster = {"cluster": "prod", "region": "eu-central-1"}

    assert running.request("GET", f"{ACCOUNTS}/{account}/credentials", token=narrow).status == 200
    assert running.request("POST", f"{ACCOUNTS}/{account}/eks-token", cluster, token=narrow).status == 200
    for name in (other, "no-such-account"):
        assert running.request("GET", f"{ACCOUNTS}/{name}/credentials", token=narrow).status == 403
        assert running.request("POST", f"{ACCOUNTS}/{name}/eks-token", cluster, token=narrow).status == 403
    elsewhere = running.request("GET", f"/orgs/globex/resources/accounts/{account}/credentials", token=narrow)
    assert elsewhere.status == 404

    switch = {"scope": "account", "target": account, "reason": "x"}
    for method, path, body in (
        ("GET", "/current-user", None),
        ("GET", ACCOUNTS, None),
        ("GET", f"{ACCOUNTS}/{account}", None),
        ("DELETE", f"{ACCOUNTS}/{account}", None),
        ("GET", "/orgs/acme/sessions", None),
        ("GET", "/metrics", None),
        ("GET", f"/users/{user}/tokens", None),
        ("POST", f"/users/{user}/tokens", {"id": "wider"}),
        ("DELETE", f"/users/{user}/tokens/narrow", None),
        ("POST", SWITCHES, switch),
    ):
        answer = running.request(method, path, body, token=narrow)
        assert (answer.status, answer.json()["error"]) == (403, "forbidden"), (method, path)

    listed = running.request("GET", f"/users/{user}/tokens", token=full).json()
    assert [one.get("accounts") for one in listed if one["id"] == "narrow"] == [[account]]
    assert entries(running, "token.created")[-1]["details"]["accounts"] == [account]
    assert running.request("DELETE", f"/users/{user}/tokens/narrow", token=full).status == 204
    assert running.request("GET", f"{ACCOUNTS}/{account}/credentials", token=narrow).status == 401


@pytest.mark.parametrize("accounts", [[], ["no-such-account"], ["x"] * 33])
def test_a_token_is_not_narrowed_to_what_does_not_exist(running: RunningServer, accounts: list[str]) -> None:
    user, full = token_of(running, "administrator")
    made = running.request("POST", f"/users/{user}/tokens", {"id": "narrow", "accounts": accounts}, token=full)
    assert made.status == 400
    assert made.json()["message"].startswith("accounts: ")


def test_a_token_for_some_accounts_has_no_more_than_the_role_of_its_user(running: RunningServer, account: str) -> None:
    user, _ = token_of(running, "member")
    made = running.request("POST", f"/users/{user}/tokens", {"id": "narrow", "accounts": [account]})
    answer = running.request("GET", f"{ACCOUNTS}/{account}/credentials", token=Secret(made.json()["token"]))
    assert answer.status == 403


def test_a_switch_that_is_on_in_memory_alone_is_listed_for_its_organization_alone(running: RunningServer) -> None:
    gate = running.server.brokerage.gate
    now = datetime.now(UTC)
    held = [
        KillSwitch("held-own", Scope.ACCOUNT, "acme", "held", "a leak", now, "u1"),
        KillSwitch("held-others", Scope.ACCOUNT, "other", "held", "a leak", now, "u1"),
        KillSwitch("held-roles", Scope.ROLE, None, LISTED, "a leak", now, "administrator"),
    ]
    for each in held:
        gate.hold(each)
    try:
        listed = {each["id"] for each in running.request("GET", SWITCHES).json()}
    finally:
        for each in held:
            gate.release(each.id)
    assert {each.id for each in held} & listed == {"held-own", "held-roles"}


@pytest.mark.parametrize(
    "body",
    [
        {"scope": "organization", "reason": "a\nleak"},
        {"scope": "organization", "reason": "a" * 501},
        {"scope": "account", "target": "a\x1b[2J", "reason": "a leak"},
        {"scope": "account", "target": "a" * 2_049, "reason": "a leak"},
    ],
)
def test_a_switch_with_a_text_that_does_not_print_or_is_too_long_is_refused(
    running: RunningServer, body: dict[str, str]
) -> None:
    on = running.server.brokerage.gate.on
    assert running.request("POST", SWITCHES, body).status == 400
    assert running.server.brokerage.gate.on == on
