"""`leastway register` against leastway's own server, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from leastway.compiler import registrations_of
from leastway.errors import LeastwayError
from leastway.humanitec import CheckResult, HumanitecApi, Registering, ToRegister, carry_out, compare
from leastway.primitives import Secret, SystemClock
from leastway.proof import contract_of, document_of
from leastway.registry import CloudAccount, Criterion, GitCredential, Registrations
from leastway.service.aws_access import AwsAccess
from tests.running_server import RunningServer
from tests.scripted_aws import ACCOUNT, OWN, RIGHT_ID, ROLE, World
from tests.scripted_sts import ScriptedSts
from tests.unit.compiler.conftest import EDIT, EXTERNAL_IDS, cluster, grant_of
from tests.unit.compiler.test_registrations import S3, grant_with

SSH_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nPLANTED9431secret\n-----END OPENSSH PRIVATE KEY-----\n"


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


def registered(identifier: str, external_id: str = RIGHT_ID, *, grant: str = "acme") -> ToRegister:
    account = CloudAccount.of_role(identifier, f"{grant}: humanitec-s3", arn=ROLE, external_id=external_id)
    return ToRegister(grant, Registrations((account,)))


def test_accounts_are_registered_compared_and_checked_by_the_server(running: RunningServer) -> None:
    api = HumanitecApi(running.url, "acme", running.owner)
    wanted = registered(f"acme-{ACCOUNT}-humanitec-s3")
    assert [one.change for one in compare(api, wanted)] == [Registering.CREATE]
    assert [error for _, error in carry_out(api, compare(api, wanted))] == [None]
    (again,) = compare(api, wanted)
    assert (again.change, again.check) == (Registering.NONE, CheckResult.WORKS)
    renamed = ToRegister(
        "acme", Registrations((CloudAccount(wanted.registrations.accounts[0].id, "acme: new", "aws-role", {}),))
    )
    assert [one.differences for one in compare(api, renamed)] == [("name",)]


def test_a_wrong_external_id_is_found_by_the_servers_check_and_replaced(running: RunningServer) -> None:
    api = HumanitecApi(running.url, "acme", running.owner)
    wrong, right = (registered("acme-wrong", each, grant="mistaken") for each in ("the-wrong-id", RIGHT_ID))
    list(carry_out(api, compare(api, wrong)))
    found = {one.id: one for one in compare(api, right)}["acme-wrong"]
    assert (found.change, found.check) == (Registering.NONE, CheckResult.FAILS)
    assert "the-wrong-id" not in "".join(found.remarks)
    changing = replace(right, changing={"acme-wrong"})
    assert [error for _, error in carry_out(api, compare(api, changing))] == [None]
    assert {one.id: one for one in compare(api, right)}["acme-wrong"].check is CheckResult.WORKS


def test_another_organizations_objects_are_not_seen(running: RunningServer) -> None:
    with pytest.raises(LeastwayError, match="404"):
        compare(HumanitecApi(running.url, "other", running.owner), registered("x-y-z"))
    with pytest.raises(LeastwayError, match="401"):
        compare(HumanitecApi(running.url, "acme", Secret("wrong")), registered("x-y-z"))


def test_the_contract_of_the_grant_is_given_in_versions(running: RunningServer) -> None:
    api = HumanitecApi(running.url, "acme", running.owner)
    name = f"given-{running.url.rpartition(':')[2]}"

    def giving(*clusters: str) -> ToRegister:
        grant = replace(grant_of(*(cluster(one, EDIT) for one in clusters)), name=name)
        account = grant.accounts[0]
        document = document_of(grant, account, contract_of(grant, account, EXTERNAL_IDS))
        return ToRegister(name, Registrations(), contracts=lambda: (document,))

    assert [one.change for one in compare(api, giving("prod"))] == [Registering.CREATE]
    for clusters in (("prod",), ("prod", "test"), ("prod", "test")):
        assert [error for _, error in carry_out(api, compare(api, giving(*clusters))) if error] == []
        assert [one.change for one in compare(api, giving(*clusters))] == [Registering.NONE]
    assert [one.change for one in compare(api, giving("prod"))] == [Registering.CHANGE]
    listed = running.request("GET", "/orgs/acme/contracts").json()
    assert [one["version"] for one in listed if one["grant"] == name] == [2]


def test_definitions_and_criteria_are_registered_changed_and_compared(running: RunningServer) -> None:
    api = HumanitecApi(running.url, "acme", running.owner)
    private = replace(S3, source=replace(S3.source, credential=GitCredential.SSH_KEY))
    registrations = registrations_of(replace(grant_with(private), name="whole"), EXTERNAL_IDS)
    wanted = ToRegister("whole", registrations, {"aws_terraform_s3_ssh_key": Secret(SSH_KEY)})
    assert [error for _, error in carry_out(api, compare(api, wanted)) if error] == []
    again = compare(api, replace(wanted, secrets={}))
    assert {one.change for one in again} == {Registering.NONE}, again
    *others, bucket = registrations.definitions
    values = {**bucket.values, "variables": {"bucket": "another", "tags": {"a": [1, 2.5, None]}}}
    moved = replace(bucket, id="another-s3", criteria=(Criterion(env_type="development"),))
    bucket = replace(bucket, name="renamed", values=values, criteria=(Criterion(env_type="production"),))
    changed = replace(wanted, registrations=Registrations(registrations.accounts, (*others, bucket, moved)))
    planned = {one.id: one for one in compare(api, changed)}
    assert planned["aws-terraform-s3"].differences[:3] == ("name", "values.variables.bucket", "values.variables.tags")
    assert [error for _, error in carry_out(api, compare(api, changed)) if error] == []
    assert {one.change for one in compare(api, replace(changed, secrets={}))} == {Registering.NONE}
    shown = running.request("GET", "/orgs/acme/resources/defs/aws-terraform-s3").json()
    assert shown["driver_inputs"]["values"] == values
    assert SSH_KEY.splitlines()[1] not in str(shown)


def test_what_the_server_warns_of_is_known_to_who_registers(running: RunningServer) -> None:
    api = HumanitecApi(running.url, "acme", running.owner)
    source = replace(S3.source, url="git@git.example.com:modules.git", credential=GitCredential.SSH_KEY)
    warned = replace(S3, id="warned-s3", source=source, criteria=())
    registrations = registrations_of(replace(grant_with(warned), name="warned"), EXTERNAL_IDS)
    alone = tuple(one for one in registrations.definitions if one.id == "warned-s3")
    wanted = ToRegister("warned", replace(registrations, definitions=alone), {"warned_s3_ssh_key": Secret(SSH_KEY)})
    done = {one.id: (one.warnings, error) for one, error in carry_out(api, compare(api, wanted))}
    (warning,), error = done["warned-s3"]
    assert error is None
    assert "known_hosts" in warning
