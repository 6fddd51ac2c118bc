"""The preview of a profile upgrade, compared with what the upgrade does."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan, old_lists_of
from leastway.app.profile.diff import plan_upgrade
from leastway.app.status import status_of
from leastway.compiler import notes
from leastway.estate import (
    Address,
    AuthMode,
    EstateObject,
    Kind,
    ManagedPolicy,
    Observed,
    Place,
    Role,
    addresses_of,
)
from leastway.grant import Grant, Identity, Profile, Tag, bundled_profiles, load_grant
from leastway.ports.memory import MemorySites
from leastway.primitives import Arn
from leastway.reconcile import Change, ChangeAction, Upgrade
from tests.unit.compiler.conftest import ACCOUNT, facts_of
from tests.unit.grant.laying_out import EXAMPLES, lay_out

OLD, NEW = bundled_profiles()["humanitec"]
MOVED = replace(OLD, version="moved", addresses=(*OLD.addresses[1:], "52.95.112.7/32"))
DIFFERENT = replace(
    NEW,
    version="different",
    principal=Arn.parse("arn:aws:iam::767398028804:user/other"),
    cluster_tag=Tag("Deploys", "yes"),
    user_name="humanitec-2",
    user_policy_name="Humanitec2",
    access_role_name="humanitec-in-{account}",
    kubernetes_username="deployer",
    kubernetes_group="deployers",
)
API = Place(ACCOUNT, "eu-central-1", "api")

GRANT = """\
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
platform: humanitec
identity: IDENTITY
accounts:
  - id: "111122223333"
    region: eu-central-1
    external_id: JbV3m0vVwqO9kXq2nT7yLs5eRzP8dHcA
    clusters:
      - name: one
        access:
          - {policy: edit, namespaces: [shop]}
          - {group: humanitec, rules: rbac/deployer.yaml, namespaces: [shop]}
    roles:
      - name: humanitec-s3
        policies: [policies/s3.json]
"""


def grant_file(tmp_path: Path, identity: Identity = Identity.TRUST_ROLE) -> Path:
    return lay_out({"files": {"grant.yaml": GRANT.replace("IDENTITY", identity)}}, tmp_path / "grant")


def changes_of(upgrade: Upgrade, mode: AuthMode) -> list[Change]:
    (of_mode,) = (one for one in upgrade.by_mode if mode in one.modes)
    return sorted([*upgrade.changes, *of_mode.changes], key=lambda change: change.address.order)


@pytest.mark.parametrize("mode", AuthMode)
@pytest.mark.parametrize("identity", Identity)
@pytest.mark.parametrize("profile", [NEW, MOVED, DIFFERENT], ids=lambda one: one.version)
def test_the_upgrade_is_what_plan_shows_where_the_old_profile_is_installed(
    open_grant: OpenGrant, sites: MemorySites, tmp_path: Path, mode: AuthMode, identity: Identity, profile: Profile
) -> None:
    path = grant_file(tmp_path, identity)
    sites.facts = {**facts_of("one", mode, "*")}
    installed = replace(open_grant, grant=load_grant(path, platform=OLD))
    assert apply_plan(installed, make_plan(installed)).is_complete

    wanted = make_plan(replace(open_grant, grant=load_grant(path, platform=profile))).plan
    live = [change for change in wanted if change.action is not ChangeAction.NONE]
    output = changes_of(plan_upgrade(path, OLD, profile), mode)
    assert [(one.address, one.action, one.differences, one.stages) for one in output] == [
        (one.address, one.action, one.differences, one.stages) for one in live
    ]
    assert output


def test_a_changed_address_list_is_widened_before_it_is_narrowed(tmp_path: Path) -> None:
    upgrade = plan_upgrade(grant_file(tmp_path), OLD, MOVED)
    roles = [change for change in upgrade.changes if change.address.kind.value == "role"]
    assert len(roles) == 2
    for change in roles:
        lists = [addresses_of(document) for stage in change.stages for _, document in stage.inline]  # type: ignore[union-attr]
        assert frozenset({*OLD.addresses, *MOVED.addresses}) in lists
    only_added = plan_upgrade(grant_file(tmp_path / "again"), OLD, NEW)
    assert {len(change.stages) for change in only_added.changes} == {1}


class Written(dict[Address, Observed]):
    """The objects of accounts in memory, with every state that they have been in."""

    def __init__(self, objects: dict[Address, Observed]) -> None:
        super().__init__(objects)
        self.states: dict[Address, list[EstateObject]] = defaultdict(list)

    def __setitem__(self, address: Address, observed: Observed) -> None:
        super().__setitem__(address, observed)
        self.states[address].append(observed.object)


def lists_of(one: EstateObject) -> set[frozenset[str]]:
    if isinstance(one, Role):
        return {addresses_of(document) for document in (one.trust, *dict(one.inline).values())} - {frozenset[str]()}
    assert isinstance(one, ManagedPolicy)
    return {addresses_of(one.document)}


def test_policies_and_trust_policies_get_both_lists_first(open_grant: OpenGrant, sites: MemorySites) -> None:
    installed = replace(open_grant, grant=with_profile(open_grant.grant, OLD))
    assert apply_plan(installed, make_plan(installed)).is_complete
    sites.objects = written = Written(sites.objects)
    wanted = replace(open_grant, grant=with_profile(open_grant.grant, MOVED))
    assert apply_plan(wanted, make_plan(wanted)).is_complete
    both, new = frozenset({*OLD.addresses, *MOVED.addresses}), frozenset(MOVED.addresses)
    assert {address.kind for address in written.states} == {Kind.MANAGED_POLICY, Kind.ROLE}
    for states_of_one in written.states.values():
        assert [lists_of(one) for one in states_of_one] == [{both}, {new}]


def test_the_same_profile_changes_nothing(tmp_path: Path) -> None:
    assert plan_upgrade(grant_file(tmp_path), OLD, OLD).is_empty


def test_objects_that_a_mode_cannot_have_are_shown_without_a_mode() -> None:
    upgrade = plan_upgrade(EXAMPLES / "two-accounts" / "grant.yaml", OLD, DIFFERENT)
    dev = Place("111122223333", "eu-central-1", "dev")
    of_map = next(one for one in upgrade.by_mode if AuthMode.CONFIG_MAP in one.modes)
    assert [problem.where for problem in of_map.impossible] == [dev]
    kinds = {change.address.kind.value for change in upgrade.changes if change.address.place == dev}
    assert {"access-entry", "access-policy", "cluster-tag", "nodegroup-tag"} <= kinds
    assert not [change for one in upgrade.by_mode for change in one.changes if change.address.place == dev]


def test_a_grant_that_is_invalid_with_the_new_profile_is_reported(tmp_path: Path) -> None:
    narrower = replace(NEW, role_prefix="deployer", access_role_name="deployer-{account}")
    upgrade = plan_upgrade(grant_file(tmp_path), OLD, narrower)
    (refused,) = upgrade.refused
    assert refused.profile == narrower
    assert [problem.rule for problem in refused.problems] == ["role-outside-prefix"]
    assert not upgrade.is_empty


def with_profile(grant: Grant, profile: Profile) -> Grant:
    return replace(grant, platform=profile)


def test_an_old_installed_list_is_reported_with_its_missing_addresses(open_grant: OpenGrant) -> None:
    installed = replace(open_grant, grant=with_profile(open_grant.grant, OLD))
    assert apply_plan(installed, make_plan(installed)).is_complete
    wanted = replace(open_grant, grant=with_profile(open_grant.grant, NEW))
    planned = make_plan(wanted)
    found = old_lists_of(wanted, planned)
    assert {str(one.object) for one in found} == {
        f"{ACCOUNT}/managed-policy/HumanitecSaaS",
        f"{ACCOUNT}/role/humanitec-s3",
    }
    lacking = tuple(sorted(set(NEW.addresses) - set(OLD.addresses)))
    assert {(one.lacks, one.surplus, one.version) for one in found} == {(lacking, (), "v0.0.5")}
    by_place = {one.place: one for one in status_of(wanted, planned)}
    assert by_place[Place(ACCOUNT)].old_lists == found
    assert by_place[API].old_lists == ()
    apply_plan(wanted, planned)
    assert not old_lists_of(wanted, make_plan(wanted))


def test_a_newer_installed_list_is_reported_with_its_extra_addresses(open_grant: OpenGrant) -> None:
    installed = replace(open_grant, grant=with_profile(open_grant.grant, NEW))
    apply_plan(installed, make_plan(installed))
    old = replace(open_grant, grant=with_profile(open_grant.grant, OLD))
    found = old_lists_of(old, make_plan(old))
    assert {(one.lacks, len(one.surplus), one.version) for one in found} == {((), 6, NEW.version)}


def test_a_missing_object_has_no_old_list(open_grant: OpenGrant) -> None:
    assert old_lists_of(open_grant, make_plan(open_grant)) == ()


def test_a_grant_with_an_old_profile_gets_a_note_about_the_latest(open_grant: OpenGrant) -> None:
    (first, *_) = notes(with_profile(open_grant.grant, OLD))
    assert first.where == "platform"
    assert "2024-04-23 is the latest" in first.text
    assert all(address in first.text for address in set(NEW.addresses) - set(OLD.addresses))
    assert "leastway profile diff humanitec@v0.0.5 humanitec grant.yaml" in first.text
    for latest in (NEW, replace(OLD, name="our-own"), replace(OLD, published=dt.date(2020, 1, 1))):
        assert "platform" not in {note.where for note in notes(with_profile(open_grant.grant, latest))}
