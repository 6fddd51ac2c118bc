"""A saved plan is applied exactly as it was made, or not at all, with the names of what changed."""

import json
import stat
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.plan_options import PlanOptions, plan_requested, within
from leastway.app.replan import OutdatedPlanError, check_grant, replan
from leastway.app.saved_plan import SavedPlan, read_saved_plan, save_plan
from leastway.errors import InvalidInputError
from leastway.estate import (
    AccessEntry,
    Address,
    AuthMode,
    Kind,
    ManagedPolicy,
    Mark,
    Observed,
    Owner,
    Place,
    RbacRole,
    Realm,
    Role,
)
from leastway.grant import load_grant
from leastway.policy import PolicyKind, parse_policy, render
from leastway.ports.memory import MemorySites, Stopped
from leastway.ports.memory_store import MemoryStore
from leastway.reconcile import ChangeAction
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, facts_of

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "plan.schema.json").read_text())
ROLE = Address(Place(ACCOUNT), Kind.ROLE, S3_ROLE.name)
POLICY = Address(Place(ACCOUNT), Kind.MANAGED_POLICY, "HumanitecSaaS")
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
_TEXT = '{"kind": "Plan", "format_version": 1'


@pytest.fixture
def save(open_grant: OpenGrant, tmp_path: Path) -> Callable[..., SavedPlan]:
    def save(of: OpenGrant = open_grant, **options: Any) -> SavedPlan:
        chosen = PlanOptions(**options)
        planned = plan_requested(of, chosen)
        path = tmp_path / "plan.json"
        save_plan(path, of.grant, planned, chosen, planned.notes, open_grant.clock.now())
        found = read_saved_plan(path)
        assert found is not None
        return found

    return save


def apply(saved: SavedPlan, open_grant: OpenGrant) -> None:
    check_grant(saved, open_grant.grant)
    planned = replan(saved, open_grant)
    assert apply_plan(within(open_grant, saved.options), planned).is_complete


def refused(saved: SavedPlan, open_grant: OpenGrant, sites: MemorySites) -> dict[str, str]:
    before = list(sites.writes)
    with pytest.raises(OutdatedPlanError) as caught:
        apply(saved, open_grant)
    assert sites.writes == before
    changed = dict(caught.value.changed)
    lines = caught.value.diagnostics().splitlines()
    assert [line.strip().partition(": ")[0] for line in lines[1:-1]] == list(changed)
    assert "leastway plan grant.yaml --out" in lines[-1]
    return changed


def installed(open_grant: OpenGrant) -> None:
    assert apply_plan(open_grant, make_plan(open_grant)).is_complete


def change(sites: MemorySites, address: Address, **fields: Any) -> None:
    live = sites.objects[address]
    sites.objects[address] = replace(live, object=replace(live.object, **fields))


def test_a_saved_plan_is_applied_as_it_was_made(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    saved = save()
    apply(saved, open_grant)
    assert {str(address) for address in sites.objects} == {
        address for address, one in saved.changes.items() if one["action"] == "create"
    }
    assert make_plan(open_grant).plan.is_clean


@pytest.mark.parametrize("is_installed", [False, True])
def test_the_file_follows_its_schema_and_only_its_owner_can_read_it(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites, is_installed: bool
) -> None:
    if is_installed:
        installed(open_grant)
        change(sites, ROLE, max_session=7200)
        sites.put(RbacRole(Place(ACCOUNT, "eu-central-1", "map"), "shop", "x", ()))
    path = save().path
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(path.read_text()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_apply_that_was_stopped_at_any_write_continues_with_the_same_plan(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    change(sites, ROLE, max_session=7200)
    entry = next(address for address in sites.objects if address.kind is Kind.ACCESS_ENTRY)
    del sites.objects[entry]
    extra = Role(ACCOUNT, "humanitec-old", sites.objects[ROLE].object.trust)  # type: ignore[union-attr]
    sites.put(extra, Observed(extra, Mark(open_grant.grant.name), unique_id="old"))
    open_grant.store.remember_made(open_grant.grant.name, {extra.address: "old"})
    saved = save()
    actions = {one["action"] for one in saved.changes.values()}
    assert {"create", "update", "delete", "none"} <= actions
    before, stopped = dict(sites.objects), 0
    assert isinstance(open_grant.store, MemoryStore)
    stored = open_grant.store
    while True:
        again = replace(open_grant, store=replace(stored, objects=dict(stored.objects), ids=deepcopy(stored.ids)))
        sites.objects, sites.stop_after = dict(before), len(sites.writes) + stopped + 1
        try:
            apply(saved, again)
            break
        except Stopped:
            stopped += 1
        sites.stop_after = None
        apply(saved, again)
        assert make_plan(again).plan.is_clean
    assert stopped >= 3


def test_a_role_that_was_created_in_part_is_completed(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    saved = save()
    wanted = next(one.wanted for one in make_plan(open_grant).plan if one.address == ROLE)
    assert isinstance(wanted, Role)
    part = replace(wanted, inline=())
    sites.put(part, Observed(part, Mark(open_grant.grant.name), unique_id="new"))
    assert refused(saved, open_grant, sites).keys() == {str(ROLE)}, "the store does not know that an apply created it"
    open_grant.store.remember_made(open_grant.grant.name, {ROLE: ""})
    apply(saved, open_grant)
    assert make_plan(open_grant).plan.is_clean


def test_an_update_that_was_done_in_part_is_completed(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    change(sites, ROLE, max_session=7200, inline=(), policies=frozenset({"arn:aws:iam::aws:policy/ReadOnlyAccess"}))
    saved = save()
    change(sites, ROLE, max_session=3600)
    apply(saved, open_grant)
    assert make_plan(open_grant).plan.is_clean


def test_a_changed_file_and_a_changed_profile_are_named_before_anything_is_called(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    grant = replace(open_grant.grant, digests=(("grant.yaml", "sha256:1"), ("rbac/a.yaml", "sha256:2")))
    saved = replace(save(), digests=dict(grant.digests))
    sites.broken.update((realm, place) for realm in Realm for place in [Place(ACCOUNT), *sites.facts])
    changed = replace(
        grant,
        digests=(("grant.yaml", "sha256:9"), ("policies/b.json", "sha256:3")),
        platform=replace(grant.platform, version="v2"),
    )
    assert refused(saved, replace(open_grant, grant=changed), sites) == {
        "grant.yaml": "the file changed",
        "policies/b.json": "the grant names it now",
        "rbac/a.yaml": "the grant no longer names it",
        "platform": "the profile is humanitec v2, and was humanitec test",
    }


def test_each_file_of_a_grant_has_a_digest() -> None:
    grant = load_grant(ROOT / "tests" / "cases" / "grant" / "base" / "grant.yaml")
    names = [name for name, _ in grant.digests]
    assert names[0] == "grant.yaml"
    assert {"policies/s3.json", "rbac/deployer.yaml"} <= set(names)


@pytest.mark.parametrize(
    ("change_it", "why"),
    [
        (lambda sites: change(sites, ROLE, max_session=7201), "it changed since the plan was made (max_session)"),
        (
            lambda sites: change(
                sites, ROLE, inline=(("new", parse_policy(OTHER, kind=PolicyKind.IDENTITY)),), max_session=7200
            ),
            "it changed since the plan was made (inline policy leastway-egress, inline policy s3, inline policy new)",
        ),
        (
            lambda sites: change(sites, ROLE, inline=()),
            "it changed since the plan was made (inline policy leastway-egress, inline policy s3)",
        ),
        (lambda sites: sites.objects.pop(ROLE), "it no longer exists"),
        (
            lambda sites: sites.objects.update({ROLE: replace(sites.objects[ROLE], unique_id="another")}),
            "it was deleted and created again since the plan was made",
        ),
        (
            lambda sites: sites.objects.update({ROLE: replace(sites.objects[ROLE], owner=Owner("Terraform", ""))}),
            "it changed since the plan was made (owner)",
        ),
    ],
    ids=["field", "policies", "policies removed", "deleted", "created again", "owner"],
)
def test_an_object_that_changed_since_is_named_with_what_changed(
    save: Callable[..., SavedPlan],
    open_grant: OpenGrant,
    sites: MemorySites,
    change_it: Callable[[MemorySites], object],
    why: str,
) -> None:
    installed(open_grant)
    change(sites, ROLE, max_session=7200)
    saved = save()
    change_it(sites)
    (name, found), *others = refused(saved, open_grant, sites).items()
    assert not others
    assert name == str(ROLE)
    assert found.startswith(why)


def test_an_object_that_needs_a_change_now_is_named(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    saved = save()
    change(sites, ROLE, max_session=7200)
    assert refused(saved, open_grant, sites) == {
        str(ROLE): "it was planned as none, and now is update: it differs in max_session"
    }


def test_an_object_that_somebody_created_since_is_named(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    saved = save()
    wanted = next(one.wanted for one in make_plan(open_grant).plan if one.address == POLICY)
    assert isinstance(wanted, ManagedPolicy)
    sites.put(replace(wanted, document=parse_policy(OTHER, kind=PolicyKind.IDENTITY)))
    assert refused(saved, open_grant, sites) == {str(POLICY): "it did not exist when the plan was made"}


def test_a_new_node_group_and_a_place_that_cannot_be_read_any_longer_are_named(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    saved = save()
    sites.facts |= facts_of("api", AuthMode.API, "workers", "more")
    sites.broken.add((Realm.KUBERNETES, Place(ACCOUNT, "eu-central-1", "map")))
    changed = refused(saved, open_grant, sites)
    assert "it was not in the plan" in changed[f"{ACCOUNT}/eu-central-1/api/nodegroup-tag/more/Humanitec"]
    assert any(why.startswith("it cannot be read any longer: ") for why in changed.values())


def test_a_mode_that_changed_changes_what_an_object_must_become(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    saved = save()
    sites.facts |= facts_of("map", AuthMode.API)
    changed = refused(saved, open_grant, sites)
    assert any("aws-auth-mapping" in name and why == "it is no longer there" for name, why in changed.items())


def test_a_plan_from_another_machine_uses_its_external_ids(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    saved = save()
    apply(saved, replace(open_grant, store=MemoryStore()))
    role = sites.objects[ROLE].object
    assert isinstance(role, Role)
    assert saved.external_ids[str(ACCOUNT), S3_ROLE.name].current in str(role.trust)


@pytest.mark.parametrize("external_id", ["acme-humanitec", "no spaces allowed in this one", "short"])
def test_an_external_id_that_was_weakened_in_the_file_is_refused(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites, external_id: str
) -> None:
    saved = save()
    weak = {key: replace(ids, current=external_id) for key, ids in saved.external_ids.items()}
    with pytest.raises(InvalidInputError, match="cannot be used"):
        apply(replace(saved, external_ids=weak), replace(open_grant, store=MemoryStore()))
    assert not sites.objects


def test_the_options_of_the_plan_are_used_again(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    wanted = next(one.wanted for one in make_plan(open_grant).plan if one.address == POLICY)
    assert wanted is not None
    sites.put(wanted, Observed(wanted, owner=Owner("Terraform", ""), unique_id="x"))
    assert save().changes[str(POLICY)]["action"] == "foreign"
    saved = save(adopt=True, clusters=("map",))
    assert saved.options == PlanOptions(adopt=True, clusters=("map",))
    assert saved.changes[str(POLICY)]["action"] == ChangeAction.ADOPT.value
    apply(saved, open_grant)
    assert {address.place.cluster for address in sites.objects} == {"", "map"}
    assert sites.objects[POLICY].mark == Mark(open_grant.grant.name)


def test_a_saved_plan_finishes_a_change_of_an_external_id_and_can_be_stopped(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    (account,) = open_grant.grant.accounts
    new = "5f0c1de27a40c6b3d57e1f0a9c4b8d2e6f5a3c9f8b4c1de27a40c6b3d57e1f0a"
    old = open_grant.store.external_ids(open_grant.grant.name)[str(ACCOUNT), S3_ROLE.name].current
    changed = replace(open_grant, grant=replace(open_grant.grant, accounts=(replace(account, external_id=new),)))
    installed(changed)
    assert old in str(sites.objects[ROLE].object)
    saved = save(finish=True, of=changed)
    assert saved.options.finish
    sites.stop_after = len(sites.writes) + 1
    with pytest.raises(Stopped):
        apply(saved, changed)
    sites.stop_after = None
    apply(saved, changed)
    assert old not in str(sites.objects[ROLE].object)
    assert make_plan(changed).plan.is_clean


def test_a_saved_plan_decides_a_conflict_of_external_ids(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    role = sites.objects[ROLE].object
    assert isinstance(role, Role)
    old = open_grant.store.external_ids(open_grant.grant.name)[str(ACCOUNT), S3_ROLE.name].current
    live = "5f0c1de27a40c6b3d57e1f0a9c4b8d2e6f5a3c9f8b4c1de27a40c6b3d57e1f0a"
    change(
        sites,
        ROLE,
        trust=parse_policy(json.loads(json.dumps(render(role.trust)).replace(old, live)), kind=role.trust.kind),
    )
    assert save().changes[str(ROLE)]["action"] == "blocked"
    with pytest.raises(InvalidInputError, match="it accepts the external id"):
        apply(save(), open_grant)
    apply(save(external_ids="live"), open_grant)
    assert live in str(sites.objects[ROLE].object)
    assert make_plan(open_grant).plan.is_clean


def test_an_entry_of_a_user_that_was_recreated_is_replaced_as_planned(
    save: Callable[..., SavedPlan], open_grant: OpenGrant, sites: MemorySites
) -> None:
    installed(open_grant)
    entry = next(one for one in sites.objects.values() if isinstance(one.object, AccessEntry))
    assert entry.mark is not None
    recreated = replace(entry, mark=replace(entry.mark, principal_id="earlier"))
    sites.objects[entry.object.address] = recreated
    saved = save()
    assert saved.changes[str(entry.object.address)]["action"] == "replace"
    apply(saved, open_grant)
    assert make_plan(open_grant).plan.is_clean


def test_a_grant_is_not_a_saved_plan(tmp_path: Path) -> None:
    for text in ("apiVersion: leastway.dev/v1alpha1\nkind: Grant\n", '{"kind": "Grant"}', "", "[]", '{"x": "Plan"}'):
        (tmp_path / "file").write_text(text)
        assert read_saved_plan(tmp_path / "file") is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (_TEXT, "it is not valid JSON"),
        (_TEXT + "}", "grant is missing"),
        ('{"kind": "Plan"}', "format version None"),
        ('{"kind": "Plan", "format_version": 2}', "format version 2"),
        (_TEXT + ', "grant": [], "profile": {}, "options": {}}', "grant is not an object"),
        (_TEXT + ', "deep": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_a_damaged_plan_is_refused(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(InvalidInputError, match=what) as caught:
        read_saved_plan(tmp_path / "plan.json")
    assert caught.value.where == str(tmp_path / "plan.json")


@pytest.mark.parametrize(
    "part", ["made", "digests", "current", "stage", "where", "adopt", "action", "observed", "stages"]
)
def test_a_plan_without_one_of_its_parts_is_refused(
    save: Callable[..., SavedPlan], sites: MemorySites, part: str
) -> None:
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    path = save().path
    path.write_text(path.read_text().replace(f'"{part}":', '"else":'))
    with pytest.raises(InvalidInputError, match="the plan is damaged"):
        read_saved_plan(path)
