"""Registering a grant's accounts and definitions with a platform behind HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.compiler import registrations_of
from leastway.errors import LeastwayError
from leastway.grant import Identity
from leastway.humanitec import CheckResult, Registering, ToRegister, carry_out, compare
from leastway.humanitec.comparing import differing_places, values_patch
from leastway.primitives import Secret
from leastway.registry import Criterion, GitCredential, Registrations
from tests.scripted_platform import ScriptedPlatform, _merge, scripted_platform
from tests.unit.compiler.conftest import ACCOUNT, EXTERNAL_IDS
from tests.unit.compiler.test_registrations import KEYS, S3, grant_with

PLANTED = "PLANTED9431secret"
FAST = Criterion(app_id="shop", resource_class="fast")


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with scripted_platform() as found:
        yield found


def wanted(**more: Any) -> ToRegister:
    return ToRegister("acme", registrations_of(grant_with(S3), EXTERNAL_IDS), **more)


def with_definition(found: ToRegister, **changes: Any) -> ToRegister:
    *others, last = found.registrations.definitions
    changed = Registrations(found.registrations.accounts, (*others, replace(last, **changes)))
    return replace(found, registrations=changed)


def changes(platform: ScriptedPlatform, found: ToRegister) -> dict[str, Registering]:
    return {one.id: one.change for one in compare(platform.api, found)}


def carried_out(platform: ScriptedPlatform, found: ToRegister) -> list[LeastwayError]:
    return [error for _, error in carry_out(platform.api, compare(platform.api, found)) if error is not None]


def test_everything_is_registered_once(platform: ScriptedPlatform) -> None:
    assert set(changes(platform, wanted()).values()) == {Registering.CREATE}
    assert platform.writes == []
    assert carried_out(platform, wanted()) == []
    role = platform.accounts[f"acme-{ACCOUNT}-humanitec-s3"]
    assert role["credentials"]["aws_role"] == f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
    bucket = platform.definitions["aws-terraform-s3"]
    assert bucket["driver_account"] == f"acme-{ACCOUNT}-humanitec-s3"
    assert [one["env_type"] for one in bucket["criteria"] if "env_type" in one] == ["development"]
    before = len(platform.writes)
    again = compare(platform.api, wanted())
    assert {one.change for one in again} == {Registering.NONE}
    assert {one.check for one in again} == {CheckResult.WORKS, None}
    assert carried_out(platform, wanted()) == []
    assert len(platform.writes) == before


@pytest.mark.parametrize("survived", range(4))
def test_a_run_that_was_stopped_is_finished_by_the_next_one(platform: ScriptedPlatform, survived: int) -> None:
    platform.most_writes = survived
    assert carried_out(platform, wanted())
    platform.most_writes = 1_000
    assert carried_out(platform, wanted()) == []
    assert set(changes(platform, wanted()).values()) == {Registering.NONE}


def test_a_change_keeps_what_others_added_and_removes_what_the_grant_no_longer_has(platform: ScriptedPlatform) -> None:
    carried_out(platform, wanted())
    bucket = platform.definitions["aws-terraform-s3"]
    bucket["provision"] = {"dns": {}}
    variables = {**S3.variables, "region": "eu-west-1", "tags": {"a": 1}}
    values = {**with_values(wanted()), "variables": variables, "script": "x"}
    found = with_definition(wanted(), name="renamed", values=values, criteria=(Criterion(env_type="production"), FAST))
    planned = {one.id: one for one in compare(platform.api, found)}["aws-terraform-s3"]
    assert planned.differences == (
        "name",
        "values.variables.region",
        "values.variables.tags",
        "values.script",
        "criterion env_type=production is added",
        "criterion env_type=development is removed",
    )
    assert carried_out(platform, found) == []
    assert bucket["driver_inputs"]["values"] == values
    assert bucket["provision"] == {"dns": {}}
    assert set(changes(platform, found).values()) == {Registering.NONE}
    assert carried_out(platform, wanted()) == []  # and back, where `script` and `tags` are removed
    assert "script" not in bucket["driver_inputs"]["values"]
    assert "tags" not in bucket["driver_inputs"]["values"]["variables"]


def with_values(found: ToRegister) -> dict[str, Any]:
    return dict(found.registrations.definitions[-1].values)


def test_a_criterion_moves_from_one_definition_to_another(platform: ScriptedPlatform) -> None:
    carried_out(platform, wanted())
    old = wanted().registrations.definitions[-1]
    without = with_definition(wanted(), criteria=(FAST,))
    new = replace(old, id="another-s3", criteria=(Criterion(env_type="development"),))
    definitions = (*without.registrations.definitions, new)
    found = replace(without, registrations=Registrations(without.registrations.accounts, definitions))
    assert carried_out(platform, found) == []
    assert set(changes(platform, found).values()) == {Registering.NONE}


def test_objects_of_others_are_not_touched(platform: ScriptedPlatform) -> None:
    platform.accounts[f"acme-{ACCOUNT}"] = {"id": f"acme-{ACCOUNT}", "name": "mine", "type": "aws-role"}
    platform.accounts["foreign"] = {"id": "foreign", "name": "x", "type": "aws-role"}
    driver = {"type": "s3", "driver_type": "humanitec/terraform", "name": "x", "criteria": []}
    platform.definitions["aws-terraform-s3"] = {"id": "aws-terraform-s3", **driver, "driver_account": "foreign"}
    planned = {one.id: one for one in compare(platform.api, wanted())}
    assert planned[f"acme-{ACCOUNT}"].change is Registering.BLOCKED
    assert planned["aws-terraform-s3"].change is Registering.BLOCKED
    assert planned["aws-terraform-s3"].fix == "check it, then run with --adopt"
    carried_out(platform, wanted())
    assert platform.accounts[f"acme-{ACCOUNT}"]["name"] == "mine"
    assert platform.definitions["aws-terraform-s3"]["driver_account"] == "foreign"
    assert carried_out(platform, wanted(adopt=True)) == []
    assert platform.definitions["aws-terraform-s3"]["driver_account"] == f"acme-{ACCOUNT}-humanitec-s3"
    assert "credentials" in platform.accounts[f"acme-{ACCOUNT}"]
    assert "foreign" in platform.accounts


@pytest.mark.parametrize(("member", "value"), [("type", "postgres"), ("driver_type", "humanitec/echo")])
def test_another_type_or_driver_is_never_changed(platform: ScriptedPlatform, member: str, value: str) -> None:
    carried_out(platform, wanted())
    platform.definitions["aws-terraform-s3"][member] = value
    assert changes(platform, wanted(adopt=True))["aws-terraform-s3"] is Registering.BLOCKED


def test_an_account_that_the_grant_no_longer_has_is_named_and_stays(platform: ScriptedPlatform) -> None:
    carried_out(platform, wanted())
    platform.accounts["old-1"] = {"id": "old-1", "name": "acme: the clusters of 9", "type": "aws-role"}
    assert changes(platform, wanted())["old-1"] is Registering.LEFT_OVER
    assert carried_out(platform, wanted()) == []
    assert "old-1" in platform.accounts


def test_a_failed_check_is_a_remark_and_the_new_external_id_is_sent(platform: ScriptedPlatform) -> None:
    carried_out(platform, wanted())
    name = f"acme-{ACCOUNT}-humanitec-s3"
    platform.checks[name] = (400, {"error": "invalid", "message": "the role cannot be assumed"})
    found = {one.id: one for one in compare(platform.api, wanted())}[name]
    assert (found.change, found.check) == (Registering.NONE, CheckResult.FAILS)
    assert "the role cannot be assumed" in found.remarks[0]
    for how in (wanted(changing={name}), wanted(resend=True)):
        platform.accounts[name]["credentials"] = None
        assert carried_out(platform, how) == []
        assert platform.accounts[name]["credentials"]["aws_role"].endswith("/humanitec-s3")


def test_a_check_that_assumes_another_role_fails(platform: ScriptedPlatform) -> None:
    carried_out(platform, wanted())
    name = f"acme-{ACCOUNT}-humanitec-s3"
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-other/x"
    platform.checks[name] = (200, {"identity_fields": [{"id": "arn", "value": arn}]})
    assert {one.id: one for one in compare(platform.api, wanted())}[name].check is CheckResult.FAILS
    platform.checks[name] = (404, None)
    assert {one.id: one for one in compare(platform.api, wanted())}[name].check is CheckResult.UNKNOWN


def test_secrets_are_asked_for_and_appear_nowhere_but_in_the_request(platform: ScriptedPlatform) -> None:
    private = replace(S3, keys=KEYS, source=replace(S3.source, credential=GitCredential.SSH_KEY))
    registrations = registrations_of(grant_with(private, Identity.IAM_USER), EXTERNAL_IDS)
    blocked = compare(platform.api, ToRegister("acme", registrations))
    assert [one.change for one in blocked] == [Registering.BLOCKED] * 3
    assert "aws_terraform_s3_ssh_key" in " ".join(blocked[2].differences)
    names = (f"acme_{ACCOUNT}_key_id", f"acme_{ACCOUNT}_key_secret", "aws_terraform_s3_ssh_key")
    whole = ToRegister("acme", registrations, {name: Secret(PLANTED) for name in names})
    planned = compare(platform.api, whole)
    assert PLANTED not in repr(planned)
    assert PLANTED not in repr(whole)
    assert [error for _, error in carry_out(platform.api, planned) if error] == []
    assert platform.accounts[f"acme-{ACCOUNT}"]["credentials"]["aws_secret_access_key"] == PLANTED
    assert platform.definitions["aws-terraform-s3"]["driver_inputs"]["secret_refs"] == {
        "variables": {"access_key": {"value": PLANTED}, "secret_key": {"value": PLANTED}},
        "source": {"ssh_key": {"value": PLANTED}},
    }
    again = compare(platform.api, ToRegister("acme", registrations))  # without the secrets: they are there
    assert {one.change for one in again} == {Registering.NONE}
    assert again[2].remarks == ("its secrets cannot be read back",)


def test_a_definition_waits_for_its_account(platform: ScriptedPlatform) -> None:
    platform.most_writes = 0
    errors = carried_out(platform, wanted())
    assert [error.what for error in errors][2:] == [
        f"its cloud account acme-{ACCOUNT} was not registered",
        f"its cloud account acme-{ACCOUNT}-humanitec-s3 was not registered",
    ]
    assert len(platform.writes) == 2


JSON = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=1), inner, max_size=3),
)
VALUES = st.dictionaries(st.text("abc", max_size=1), JSON, max_size=3)


@given(VALUES, VALUES)
def test_a_patch_leads_from_any_values_to_any_others(before: dict[str, Any], after: dict[str, Any]) -> None:
    there = {"values": before}
    patch = values_patch(before, after)
    assert bool(patch) == bool(list(differing_places(before, after)))
    _merge(there, {"values": patch})
    assert there["values"] == after
