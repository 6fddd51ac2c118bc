"""Cloud accounts over HTTP, as Humanitec's clients use them."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from leastway.errors import LeastwayError
from leastway.humanitec import HumanitecApi
from leastway.ports import FailedCall, SessionKeys
from leastway.primitives import Secret, SystemClock
from leastway.service.accounts import place_of
from leastway.service.aws_access import AwsAccess
from leastway.store.platform_schema import audit_entries
from leastway.tenants import NewToken, Organization, Role, Token, User, UserKind
from tests.active_resources import active_resource
from tests.running_server import RunningServer
from tests.scripted_aws import ACCOUNT, DENIED, OF_KEY, OWN, RIGHT_ID, ROLE, World
from tests.scripted_sts import ScriptedSts

ACCOUNTS = "/orgs/acme/resources/accounts"
PLANTED = "PLANTED9431secret/of+forty+characters+xx"
KEY = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": PLANTED}
NEW_KEY = {"aws_access_key_id": "AKIAI44QH8DHBEXAMPLE", "aws_secret_access_key": f"{PLANTED[:-1]}n"}
ASSUMED = {"aws_role": ROLE, "external_id": RIGHT_ID}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[World]:
    """Every server of this file has this AWS."""
    world = World()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            AwsAccess,
            "ambient",
            lambda *_: AwsAccess(world, lambda: OWN, lambda: "eu-central-1", ScriptedSts(SystemClock())),
        )
        yield world


@pytest.fixture(autouse=True)
def _as_usual(aws: World) -> None:
    aws.answers.clear()
    aws.tried.clear()


def account(identifier: str, credentials: object = None, type_id: str = "aws", name: str = "Production") -> Any:
    return {"id": identifier, "name": name, "type": type_id, "credentials": credentials or KEY}


def create(running: RunningServer, identifier: str, query: str = "", **more: Any) -> Any:
    answer = running.request("POST", f"{ACCOUNTS}{query}", account(identifier, **more))
    assert answer.status == 200, answer.body
    assert PLANTED.encode() not in answer.body
    return answer.json()


def entries(running: RunningServer, action: str, target: str) -> list[Any]:
    with running.server.store.reading() as transaction:
        rows = transaction._connection.execute(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        found = [json.loads(row.entry) for row in rows]
    return [entry for entry in found if (entry["action"], entry["target"]) == (action, target)]


def versions(running: RunningServer, identifier: str) -> list[tuple[int, bool]]:
    from leastway.ports import Holder, HolderKind

    with running.server.store.reading() as transaction:
        known = transaction.secrets.versions(Holder("acme", HolderKind.ACCOUNT, identifier))
        return [(each.place.version, each.retired_at is None) for each in known]


def test_an_account_is_created_listed_changed_and_deleted(running: RunningServer) -> None:
    created = create(running, "aws-life")
    assert TIME.fullmatch(created["created_at"])
    owner = running.request("GET", "/current-user").json()["id"]
    assert created == {
        "id": "aws-life",
        "name": "Production",
        "type": "aws",
        "is_used": False,
        "created_by": owner,
        "created_at": created["created_at"],
    }
    path = f"{ACCOUNTS}/aws-life"
    assert running.request("GET", path).json() == created
    assert created in running.request("GET", ACCOUNTS).json()
    changed = running.request("PATCH", path, {"name": "New name"})
    assert (changed.status, changed.json()) == (200, {**created, "name": "New name"})
    assert running.request("DELETE", path).status == 204
    assert running.request("GET", path).status == 404
    assert running.request("DELETE", path).status == 404
    assert versions(running, "aws-life") == []
    for action in ("account.created", "account.updated", "account.deleted"):
        (entry,) = entries(running, action, "aws-life")
        assert PLANTED not in json.dumps(entry)
        assert entry["actor"]["user"] == owner


def test_the_types_are_published_with_their_schemas(running: RunningServer) -> None:
    types = {each["type"]: each for each in running.request("GET", "/orgs/acme/resources/account-types").json()}
    assert types.keys() == {"aws", "aws-role"}
    assert types["aws-role"]["inputs_schema"]["required"] == ["aws_role", "external_id"]
    assert types["aws"]["outputs_schema"]["required"] == ["AccessKeyId", "SecretAccessKey", "SessionToken"]


def test_new_credentials_make_a_new_version_and_the_one_before_stays_until_the_next(running: RunningServer) -> None:
    create(running, "aws-versions")
    path = f"{ACCOUNTS}/aws-versions"
    for number in (2, 3):
        secret = f"{PLANTED[:-1]}{number}"
        assert running.request("PATCH", path, {"credentials": {**KEY, "aws_secret_access_key": secret}}).status == 200
        assert versions(running, "aws-versions") == [(number - 1, False), (number, True)]
    same = {"name": "Production", "credentials": {**KEY, "aws_secret_access_key": f"{PLANTED[:-1]}3"}}
    assert running.request("PATCH", path, same).status == 200
    assert versions(running, "aws-versions") == [(2, False), (3, True)]
    assert [each["details"]["version"] for each in entries(running, "account.updated", "aws-versions")] == [2, 3, 3]


def test_a_new_key_is_proved_several_times_before_it_replaces_the_one_in_use(
    running: RunningServer, aws: World
) -> None:
    create(running, "aws-proved")
    path = f"{ACCOUNTS}/aws-proved"
    assert aws.tried == []
    assert running.request("PATCH", path, {"credentials": NEW_KEY}).status == 200
    assert aws.tried == [("identity", None)] * 3
    assert running.request("PATCH", path, {"credentials": NEW_KEY, "name": "Same key"}).status == 200
    assert aws.tried == [("identity", None)] * 3, "a key in use is not proved again"


def test_a_new_key_that_does_not_work_replaces_nothing(running: RunningServer, aws: World) -> None:
    create(running, "aws-rejected")
    aws.answers["identity"] = FailedCall(False, "SignatureDoesNotMatch: the signature does not match", "request-9")
    answer = running.request("PATCH", f"{ACCOUNTS}/aws-rejected", {"credentials": NEW_KEY})
    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert "[request request-9]" in answer.json()["message"]
    assert PLANTED.encode() not in answer.body
    assert versions(running, "aws-rejected") == [(1, True)]
    assert entries(running, "account.updated", "aws-rejected") == []
    (entry,) = entries(running, "account.checked", "aws-rejected")
    assert (entry["outcome"], entry["details"]["access"]) == ("failed", NEW_KEY["aws_access_key_id"])


def key_in_use(running: RunningServer, identifier: str) -> str:
    with running.server.store.reading() as transaction:
        found = transaction.accounts.find("acme", identifier)
        assert found is not None
        sealed = transaction.secrets.sealed(place_of(found))
    assert sealed is not None
    return str(json.loads(running.server.custody.open(sealed).reveal())["aws_access_key_id"])


def test_a_new_key_can_be_rolled_back(running: RunningServer, aws: World) -> None:
    create(running, "aws-back")
    path = f"{ACCOUNTS}/aws-back"
    refused = running.request("POST", f"{path}/actions/rollback")
    assert refused.status == 409
    assert "no credential before this one" in refused.json()["message"]
    assert running.request("PATCH", path, {"credentials": NEW_KEY}).status == 200
    assert key_in_use(running, "aws-back") == NEW_KEY["aws_access_key_id"]
    aws.tried.clear()
    assert running.request("POST", f"{path}/actions/rollback").status == 200
    assert aws.tried == [("identity", None)] * 3, "the old key is proved, too"
    assert key_in_use(running, "aws-back") == KEY["aws_access_key_id"]
    assert versions(running, "aws-back") == [(2, False), (3, True)]
    assert running.request("POST", f"{path}/actions/rollback").status == 200
    assert key_in_use(running, "aws-back") == NEW_KEY["aws_access_key_id"]
    aws.answers["identity"] = FailedCall(False, "InactiveKey: it is inactive")
    assert running.request("POST", f"{path}/actions/rollback").status == 400
    assert versions(running, "aws-back") == [(3, False), (4, True)]


def test_the_client_of_rotate_gives_a_new_key(running: RunningServer, aws: World) -> None:
    create(running, "aws-given")
    platform = HumanitecApi(running.url, "acme", running.owner)
    new = SessionKeys(NEW_KEY["aws_access_key_id"], Secret(NEW_KEY["aws_secret_access_key"]))
    for _ in range(2):
        platform.give_key("aws-given", new)
        assert key_in_use(running, "aws-given") == new.key_id
    with pytest.raises(LeastwayError, match="answered with 404: account 'aws-none' does not exist"):
        platform.give_key("aws-none", new)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_dry_run_checks_and_keeps_nothing(running: RunningServer, aws: World, method: str) -> None:
    new, identifier = "444455556666", f"aws-dry-{method.lower()}"  # an account that no other test claims
    aws.answers["identity"] = replace(OF_KEY, account=new, arn=OF_KEY.arn.replace(ACCOUNT, new))
    if method == "PATCH":
        create(running, identifier)
    before = running.request("GET", ACCOUNTS).json()
    path, body = (ACCOUNTS, account(identifier))
    if method == "PATCH":
        path, body = f"{ACCOUNTS}/{identifier}", {"name": "Other"}
    answer = running.request(method, f"{path}?dry_run=true&check_credential=true", body)
    assert (answer.status, answer.body) == (204, b"")
    assert aws.tried == [("identity", None)]
    assert running.request("GET", ACCOUNTS).json() == before
    wrong = {**body, "credentials": {"aws_access_key_id": PLANTED}}
    refused = running.request(method, f"{path}?dry_run=true", wrong)
    assert refused.status == 400
    with running.server.store.reading() as transaction:
        from leastway.store import AccountClaim

        assert transaction.claims.are_free("other", [AccountClaim.of_account(new)])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (account("aws-bad", {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}), "credentials.aws_secret_access_key: it is"),
        (
            account("aws-bad", KEY | {"aws_access_key_id": "ASIAIOSFODNN7EXAMPLE"}),
            "credentials.aws_access_key_id: it is the id of a temporary key",
        ),
        (account("aws-bad", {**KEY, PLANTED: PLANTED}), "credentials: it has 1 unknown member"),
        (account("aws-bad", {**KEY, "aws_access_key_id": PLANTED}), "credentials.aws_access_key_id: it is not"),
        (account("aws-bad", PLANTED), "credentials: expected `object`, got `str`"),
        (account("aws-bad", type_id=PLANTED), "type: unknown account type"),
        (account(PLANTED), "id: it is not a valid id"),
        (account("ab"), "id: it is not a valid id"),
        (account("aws-bad", name="a\n"), "name: it is not a valid name"),
        (
            account("aws-bad", {"aws_role": "arn:aws:iam::111122223333:role/admin", "external_id": "x1"}, "aws-role"),
            "out",
        ),
    ],
)
def test_a_wrong_account_names_the_field_and_repeats_no_value(
    running: RunningServer, body: object, message: str
) -> None:
    answer = running.request("POST", ACCOUNTS, body)
    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert message in answer.json()["message"]
    assert PLANTED not in answer.json()["message"]


def test_an_id_that_exists_is_a_conflict(running: RunningServer) -> None:
    create(running, "aws-twice")
    for query in ("", "?dry_run=true"):
        answer = running.request("POST", f"{ACCOUNTS}{query}", account("aws-twice"))
        assert (answer.status, answer.json()["error"]) == (409, "conflict")


def test_all_accounts_are_listed_in_order_over_many_pages(
    running: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        create(running, f"paged-{number}")
    whole = running.request("GET", ACCOUNTS)
    definition = {"id": "paged-user", "name": "U", "type": "s3", "driver_type": "humanitec/echo"}
    used = running.request("POST", "/orgs/acme/resources/defs", {**definition, "driver_account": "paged-3"})
    assert used.status == 200, used.body
    for size in (1, 2, 5):
        monkeypatch.setattr("leastway.service.accounts._PAGE", size)
        answer = running.request("GET", ACCOUNTS)
        ids = [one["id"] for one in answer.json()]
        assert ids == sorted(ids) == [one["id"] for one in whole.json()]
        assert [one["id"] for one in answer.json() if one["is_used"]] == ["paged-3"]
    assert running.request("DELETE", "/orgs/acme/resources/defs/paged-user").status == 204
    assert running.request("DELETE", f"{ACCOUNTS}/paged-3").status == 204


def test_an_account_is_not_deleted_while_a_definition_or_a_resource_needs_it(running: RunningServer) -> None:
    create(running, "aws-used")
    path, definition = f"{ACCOUNTS}/aws-used", "/orgs/acme/resources/defs/needs-it"
    body = {"id": "needs-it", "name": "N", "type": "s3", "driver_type": "humanitec/echo", "driver_account": "aws-used"}
    assert running.request("POST", "/orgs/acme/resources/defs", body).status == 200
    made = replace(active_resource("acme", "shop", "dev"), account="aws-used", definition="needs-it")
    with running.server.store.writing() as transaction:
        transaction.active_resources.put(made)
        transaction.active_resources.put(replace(made, organization="globex"))
    resource = {"app_id": "shop", "env_id": "dev", "type": "s3", "class": "default", "res_id": "shared.bucket"}
    resource |= {"gu_res_id": made.guresid, "def_id": "needs-it"}
    both = {"resource_definitions": [{"id": "needs-it"}], "active_resources": [resource]}
    answer = running.request("DELETE", path)
    assert (answer.status, answer.json()["error"]) == (409, "conflict")
    assert answer.json()["details"]["referencing_resources"] == both
    assert answer.json()["message"] == (
        "the account 'aws-used' is used by the resource definitions needs-it and the active resources "
        "shop/dev/s3.default#shared.bucket; delete or change the definitions, and destroy or detach the resources first"
    )
    assert running.request("DELETE", f"{definition}?force=true").status == 204  # its resource lives on
    answer = running.request("DELETE", path)
    assert answer.status == 409
    assert answer.json()["details"]["referencing_resources"] == {"active_resources": [resource]}
    assert running.request("GET", path).json()["is_used"] is True
    assert {one["id"] for one in running.request("GET", ACCOUNTS).json() if one["is_used"]} == {"aws-used"}
    with running.server.store.writing() as transaction:
        transaction.active_resources.remove(made)
    assert running.request("GET", path).json()["is_used"] is False
    assert running.request("DELETE", path).status == 204
    with running.server.store.writing() as transaction:
        transaction.active_resources.remove(replace(made, organization="globex"))


def test_a_check_shows_who_the_credentials_are(running: RunningServer) -> None:
    create(running, "aws-check")
    answer = running.request("POST", f"{ACCOUNTS}/aws-check/actions/check")
    assert answer.status == 200
    body = answer.json()
    assert body.keys() == {"identity_fields", "warnings"}
    assert all(each.keys() == {"id", "description", "value"} for each in body["identity_fields"])
    assert {each["id"]: each["value"] for each in body["identity_fields"]}["arn"] == OF_KEY.arn
    (entry,) = entries(running, "account.checked", "aws-check")
    assert entry["outcome"] == "done"


def test_a_refused_check_keeps_nothing_and_is_entered(running: RunningServer, aws: World) -> None:
    aws.answers["right"] = DENIED
    body = account("aws-refused", ASSUMED, "aws-role")
    answer = running.request("POST", f"{ACCOUNTS}?check_credential=true", body)
    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    message = answer.json()["message"]
    assert ROLE in message
    assert "[request request-1]" in message
    assert RIGHT_ID not in message
    assert running.request("GET", f"{ACCOUNTS}/aws-refused").status == 404
    (entry,) = entries(running, "account.checked", "aws-refused")
    assert (entry["outcome"], entry["details"]["access"]) == ("failed", ROLE)


def other_organization(running: RunningServer, identifier: str) -> Secret:
    made = NewToken.generate()
    with running.server.store.writing() as transaction:
        now = transaction.now
        owner = User(f"owner-of-{identifier}", identifier, UserKind.SERVICE, "Owner", None, Role.OWNER, now)
        transaction.tenants.add_organization(Organization(identifier, identifier, now))
        transaction.tenants.add_user(owner)
        token = Token("first", identifier, owner.id, "", now, owner.id, None)
        transaction.tenants.add_token(token, made.digest)
    return made.secret


def test_an_aws_account_belongs_to_the_organization_whose_check_passed_first(
    running: RunningServer, aws: World
) -> None:
    create(running, "aws-first", "?check_credential=true", credentials=ASSUMED, type_id="aws-role")
    token = other_organization(running, "second")
    path = "/orgs/second/resources/accounts"
    body = account("aws-second", ASSUMED, "aws-role")
    refused = running.request("POST", f"{path}?check_credential=true", body, token=token)
    assert refused.status == 400
    aws.answers["right"] = DENIED  # what AWS says to a wrong external id is what the other organization reads
    ordinary = running.request("POST", f"{ACCOUNTS}?check_credential=true", account("aws-third", ASSUMED, "aws-role"))
    assert refused.json() == ordinary.json()
    assert "acme" not in refused.json()["message"]
    assert ACCOUNT in refused.json()["message"]
    assert running.request("GET", f"{path}/aws-second", token=token).status == 404


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("PATCH", "?dry_run=true", {"credentials": KEY}),
        ("DELETE", "", None),
        ("POST", "/actions/check", None),
        ("POST", "/actions/rollback", None),
    ],
)
def test_another_organization_and_its_accounts_do_not_exist(
    running: RunningServer, aws: World, method: str, suffix: str, body: object
) -> None:
    name = f"aws-mine-{method.lower()}-{len(suffix)}"
    create(running, name)
    token = other_organization(running, f"other-{method.lower()}-{len(suffix)}")
    organization = f"other-{method.lower()}-{len(suffix)}"
    for path in (f"{ACCOUNTS}/{name}", f"/orgs/{organization}/resources/accounts/{name}"):
        answer = running.request(method, f"{path}{suffix}", body, token=token)
        assert (answer.status, answer.json()["error"]) == (404, "not-found")
    assert aws.tried == []
    assert running.request("GET", f"{ACCOUNTS}/{name}").json()["name"] == "Production"


def test_a_viewer_reads_and_changes_nothing(running: RunningServer) -> None:
    create(running, "aws-viewed")
    user = running.request("POST", "/orgs/acme/users", {"name": "V", "role": "member"}).json()["id"]
    made = running.request("POST", f"/users/{user}/tokens", {"id": "v", "type": "static"}).json()
    token = Secret(made["token"])
    path = f"{ACCOUNTS}/aws-viewed"
    assert running.request("GET", path, token=token).status == 200
    for method, where, body in [
        ("POST", ACCOUNTS, account("aws-new")),
        ("PATCH", path, {"name": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/actions/check", None),
        ("POST", f"{path}/actions/rollback", None),
    ]:
        assert running.request(method, where, body, token=token).status == 403


def test_a_damaged_credential_is_found_and_can_be_replaced(running: RunningServer) -> None:
    from sqlalchemy import update

    from leastway.store.platform_schema import credential_versions

    create(running, "aws-damaged")
    with running.server.store.writing() as transaction:
        mine = credential_versions.c.owner == "aws-damaged"
        statement = update(credential_versions).where(mine).values(ciphertext=b"changed" * 8)
        transaction._connection.execute(statement)
    answer = running.request("POST", f"{ACCOUNTS}/aws-damaged/actions/check")
    assert answer.status == 503
    assert "the sealed credential does not open" in answer.json()["message"]
    assert running.request("PATCH", f"{ACCOUNTS}/aws-damaged", {"credentials": KEY}).status == 200
    assert running.request("POST", f"{ACCOUNTS}/aws-damaged/actions/check").status == 200


def test_a_planted_secret_is_in_no_file_row_or_log(running: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        create(running, "aws-planted", "?check_credential=true")
        path = f"{ACCOUNTS}/aws-planted"
        for method, where, body in [
            ("PATCH", path, {"credentials": {**KEY, "aws_secret_access_key": PLANTED[::-1]}}),
            ("PATCH", path, {"credentials": {**KEY, "aws_secret_access_key": PLANTED + " "}}),
            ("POST", ACCOUNTS, account("aws-planted")),
            ("POST", f"{path}/actions/check", None),
            ("GET", ACCOUNTS, None),
        ]:
            answer = running.request(method, where, body)
            assert PLANTED.encode() not in answer.body
    with running.server.store.reading() as transaction:
        stored = b"".join(transaction.dump())
    files = [each.read_bytes() for each in running.server.settings.data.rglob("*") if each.is_file()]
    assert b"aws-planted" in stored
    for secret in (PLANTED, PLANTED[::-1]):
        for form in (secret.encode(), base64.b64encode(secret.encode())):
            assert form not in stored
            assert not any(form in content for content in files)
        assert secret not in caplog.text
