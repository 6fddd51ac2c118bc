"""`leastway kill` against a running server, and with `--direct` on its database, as a user calls it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from sqlalchemy import select

from leastway.audit import SERVER, read_entry
from leastway.errors import OutOfReachError
from leastway.primitives import SystemClock
from leastway.service.aws_access import AwsAccess
from leastway.store import PlatformStore
from leastway.store.platform_schema import audit_entries
from tests.outputs import check_output
from tests.running_server import RunningServer
from tests.scripted_aws import OWN, RIGHT_ID, ROLE, World
from tests.scripted_sts import ScriptedSts

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module", autouse=True)
def sts() -> Iterator[None]:
    """Every server of this file has a scripted STS."""
    access = AwsAccess(World(), lambda: OWN, lambda: "eu-central-1", ScriptedSts(SystemClock()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AwsAccess, "ambient", lambda *_: access)
        yield


@pytest.fixture
def handed_out(running: RunningServer) -> str:
    """The key id of a session of the account `prod`, which the caller has."""
    credentials = {"aws_role": ROLE, "external_id": RIGHT_ID}
    body = {"id": "prod", "name": "prod", "type": "aws-role", "credentials": credentials}
    running.request("POST", "/orgs/acme/resources/accounts", body)
    answer = running.request("GET", "/orgs/acme/resources/accounts/prod/credentials")
    assert answer.status == 200, answer.body
    return str(answer.json()["AccessKeyId"])


@pytest.fixture
def call(leastway: Call) -> Call:
    return partial(leastway, "kill")


@pytest.fixture
def direct(running: RunningServer, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The options for the server's own database; its URL has a password, so it is not one of them."""
    if running.server.settings.database is not None:
        monkeypatch.setenv("LEASTWAY_DATABASE", running.server.settings.database)
    return ("--direct", "--data", str(running.server.settings.data))


@pytest.mark.parametrize("is_direct", [False, True])
def test_a_switch_is_turned_on_listed_and_turned_off(
    running: RunningServer, call: Call, direct: tuple[str, ...], handed_out: str, is_direct: bool
) -> None:
    where = direct if is_direct else ()
    owner = ("--organization", "acme") if is_direct else ()
    code, out, err = call("on", "--account", "prod", "--reason", "a leak", "--json", *where, *owner)
    assert (code, err) == (0, "")
    made = json.loads(out)
    check_output(made, "kill-on")
    assert (made["scope"], made["target"], made["is_durable"]) == ("account", "prod", True)
    assert made["target_is_known"] is True
    assert handed_out in [one["access_key_id"] for one in made["only_aws_can_end"]]
    assert running.request("GET", "/orgs/acme/resources/accounts/prod/credentials").status == 403
    code, out, _ = call("list", "--json", *where)
    listed = json.loads(out)
    check_output(listed, "kill-list")
    assert (code, [one["id"] for one in listed["switches"]]) == (0, [made["id"]])
    assert call("off", made["id"], *where) == (0, f"off: {made['id']}\n", "")
    assert json.loads(call("list", "--json", *where)[1])["switches"] == []
    check_output(json.loads(call("list", "--all", "--json", *where)[1]), "kill-list")
    assert logs_of(running, made["id"]) == [("kill-switch.on", "acme"), ("kill-switch.off", "acme")]


def test_a_switch_is_turned_on_while_the_database_cannot_be_reached(
    running: RunningServer, call: Call, handed_out: str
) -> None:
    def gone(*_: object) -> None:
        raise OutOfReachError("the database is away")

    assert handed_out
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlatformStore, "reading", gone)
        patch.setattr(PlatformStore, "writing", gone)
        code, out, err = call("on", "--account", "prod", "--reason", "a leak")
        assert (code, err) == (0, "")
        assert "the server holds it in memory only" in out
    switch = out.split()[1]
    assert eventually(lambda: switch in json.dumps(json.loads(call("list", "--json")[1])))
    assert running.request("GET", "/orgs/acme/resources/accounts/prod/credentials").status == 403
    assert eventually(lambda: call("off", switch)[0] == 0)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether a condition comes to hold within a minute."""
    end = time.monotonic() + 60
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def logs_of(running: RunningServer, switch: str) -> list[tuple[str, str]]:
    """Return the actions on a switch, each with the organization of the log that has it."""
    with running.server.store.reading() as transaction:
        rows = transaction._connection.execute(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        found = [read_entry(row.entry) for row in rows]
    return [(one.action, one.organization) for one in found if one.details.get("id") == switch]


@pytest.mark.parametrize("is_direct", [False, True])
@pytest.mark.parametrize("scope", ["--account", "--definition"])
def test_a_name_that_does_not_exist_is_told(call: Call, direct: tuple[str, ...], scope: str, is_direct: bool) -> None:
    where = (*direct, "--organization", "acme") if is_direct else ()
    code, out, _ = call("on", scope, "prdo", "--reason", "a leak", *where)
    assert code == 3
    assert "nothing of this name exists, so it stops nothing now" in out
    code, out, _ = call("on", scope, "prdo", "--reason", "a leak", "--json", *where)
    check_output(made := json.loads(out), "kill-on")
    assert (code, made["target_is_known"]) == (3, False)
    for one in json.loads(call("list", "--json")[1])["switches"]:
        assert call("off", one["id"])[0] == 0


def test_a_role_is_an_arn_and_need_not_be_listed(call: Call, direct: tuple[str, ...]) -> None:
    code, out, _ = call("on", "--role", f"{ROLE}-of-a-definition", "--reason", "a leak", "--json")
    made = json.loads(out)
    assert (code, made["target_is_known"]) == (0, None)
    assert call("off", made["id"])[0] == 0
    for where in ((), (*direct, "--organization", "acme")):
        code, out, err = call("on", "--role", "humanitec-s3", "--reason", "a leak", *where)
        assert (code, out) in ((1, ""), (2, ""))
        assert "not the ARN of an IAM role, so the switch would stop nothing" in err
    assert json.loads(call("list", "--json")[1])["switches"] == []


def test_an_organization_that_does_not_exist_is_told(call: Call, direct: tuple[str, ...]) -> None:
    code, out, _ = call("on", "--whole-organization", "--organization", "acm", "--reason", "x", "--json", *direct)
    made = json.loads(out)
    assert (code, made["target_is_known"]) == (3, False)
    assert call("off", made["id"], *direct)[0] == 0


def test_everything_is_stopped_only_with_the_database(
    running: RunningServer, call: Call, direct: tuple[str, ...]
) -> None:
    code, out, err = call("on", "--everything", "--reason", "a drill")
    assert (code, out) == (2, "")
    assert "--everything needs --direct" in err
    code, out, err = call("on", "--everything", "--reason", "a drill", "--json", *direct)
    assert err == ""
    check_output(made := json.loads(out), "kill-on")
    assert (code, made["scope"], made["organization"]) == (0, "everything", None)
    assert call("off", made["id"], *direct)[0] == 0
    assert logs_of(running, made["id"]) == [("kill-switch.on", SERVER), ("kill-switch.off", SERVER)]
