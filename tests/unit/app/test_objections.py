"""A grant that was changed after it was applied, so that its access may not be given, is still taken away."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from leastway.app.apply import apply_plan
from leastway.app.export import make_export
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.prove import prove_compiled
from leastway.app.revocation_plan import plan_revocation, revocation_visitor
from leastway.app.revoke import revoke
from leastway.app.status import status_of
from leastway.errors import InvalidInputError
from leastway.estate import Address, AuthMode, Kind, Place, RbacBinding, Role, revocation_of
from leastway.grant import Grant, GrantError, PolicyFile, Purpose, load_for, load_grant
from leastway.policy import PolicyKind, parse_policy
from leastway.ports.memory import MemorySites
from leastway.reconcile import ChangeAction, Status
from leastway.verify import PlatformCaller
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, facts_of
from tests.unit.grant.laying_out import lay_out

REASON = "unsafe_reason: the installer of the service mesh needs it until March"
NARROWED = {"policy: edit": f"policy: edit\n            {REASON}"}
"""What was `cluster-admin` with its reason, and kept the reason."""
WIDENED = {"policy: edit": "policy: cluster-admin"}
WITHOUT_FILES = {"rbac/deployer.yaml": "rbac/gone.yaml", "policies/s3.json": "policies/gone.json"}
ROLES = [Address(Place(ACCOUNT), Kind.ROLE, name) for name in (f"humanitec-eks-access-{ACCOUNT}", "humanitec-s3")]


@pytest.fixture
def sites() -> MemorySites:
    return MemorySites(facts=facts_of("prod"))


@pytest.fixture
def installed(open_grant: OpenGrant, tmp_path: Path) -> OpenGrant:
    """The grant of the cases, applied."""
    ours = replace(open_grant, grant=load_grant(lay_out({}, tmp_path / "before")))
    assert apply_plan(ours, make_plan(ours)).is_complete
    return ours


def changed(open_grant: OpenGrant, changes: dict[str, str], folder: Path, purpose: Purpose) -> OpenGrant:
    path = lay_out({"change": {"grant.yaml": changes}}, folder / "now")
    with pytest.raises(GrantError):
        load_grant(path)
    grant, objections = load_for(path, purpose)
    assert objections
    return replace(open_grant, grant=grant, objections=objections)


@pytest.mark.parametrize("changes", [NARROWED, WIDENED, WITHOUT_FILES], ids=["narrowed", "widened", "without files"])
def test_it_is_revoked_and_offboarded(
    installed: OpenGrant, sites: MemorySites, changes: dict[str, str], tmp_path: Path
) -> None:
    now = changed(installed, changes, tmp_path, Purpose.TAKE)
    plan = plan_revocation(now)
    done = revoke(now, plan, revocation_visitor(now, plan, PlatformCaller()))
    assert done.is_complete
    for address in ROLES:
        role = sites.objects[address].object
        assert isinstance(role, Role)
        assert revocation_of(role) is not None
    assert offboard(now, plan_offboarding(now)).is_complete
    assert not sites.objects


@pytest.mark.parametrize("is_ours", [False, True], ids=["of somebody else", "made before"])
def test_a_role_outside_of_the_platforms_prefix_is_cut_only_if_leastway_made_it(
    installed: OpenGrant, sites: MemorySites, is_ours: bool, tmp_path: Path
) -> None:
    (address,) = [each for each in ROLES if each.name == "humanitec-s3"]
    name = "humanitec-s3" if is_ours else "admin"
    if not is_ours:
        there = sites.objects[address]
        assert isinstance(there.object, Role)
        admin = replace(there.object, name=name)
        sites.objects[admin.address] = replace(there, object=admin, mark=None)
    now = changed(installed, {"name: humanitec-s3": "name: admin"}, tmp_path, Purpose.TAKE)
    plan = plan_revocation(now)
    assert revoke(now, plan, revocation_visitor(now, plan, PlatformCaller())).is_complete
    role = sites.objects[Address(Place(ACCOUNT), Kind.ROLE, name)].object
    assert isinstance(role, Role)
    assert (revocation_of(role) is not None) == is_ours


def test_a_binding_of_kubernetes_itself_is_left(installed: OpenGrant, sites: MemorySites, tmp_path: Path) -> None:
    (ours,) = [each for each in sites.objects.values() if isinstance(each.object, RbacBinding)]
    assert isinstance(ours.object, RbacBinding)
    group = "system:monitoring"
    own = replace(ours.object, name=group, role=group, group=group)
    sites.objects[own.address] = replace(ours, object=own, mark=None)
    sites.facts[own.place] = replace(sites.facts[own.place], mode=AuthMode.CONFIG_MAP)
    now = changed(installed, {"group: humanitec": f"group: {group}", "app-*": "app"}, tmp_path, Purpose.TAKE)
    plan = plan_revocation(now)
    assert revoke(now, plan, revocation_visitor(now, plan, PlatformCaller())).is_complete
    assert [each for each in sites.objects if each.kind is Kind.RBAC_BINDING] == [own.address]


@pytest.mark.parametrize(("changes", "pending"), [(NARROWED, 0), (WIDENED, 2)], ids=["narrowed", "widened"])
def test_its_status_is_shown(installed: OpenGrant, changes: dict[str, str], pending: int, tmp_path: Path) -> None:
    now = changed(installed, changes, tmp_path, Purpose.LOOK)
    planned = make_plan(now)
    assert len(planned.plan.writes) == pending
    assert status_of(now, planned)


def test_policies_that_became_too_long_for_iam_block_their_role_alone_and_are_taken_away(
    installed: OpenGrant, sites: MemorySites
) -> None:
    now = replace(installed, grant=with_long_policies(installed.grant))
    (gone,) = [address for address, one in sites.objects.items() if isinstance(one.object, RbacBinding)]
    del sites.objects[gone]
    planned = make_plan(now)
    (blocked,) = [one for one in planned.plan if one.action is ChangeAction.BLOCKED]
    assert blocked.address.name == "humanitec-s3"
    assert blocked.reason.endswith("characters together, and IAM allows 10,240 in one role")
    assert blocked.fix == "split the role, or shorten its policies"
    assert [one.address for one in planned.plan.writes] == [gone]
    shown = {one.place: one.status for one in status_of(now, planned)}
    assert shown[Place(ACCOUNT)] is Status.BLOCKED
    assert {status for place, status in shown.items() if place.cluster} == {Status.DIFFERS}
    for read in (prove_compiled, partial(make_export, name="terraform")):
        with pytest.raises(
            InvalidInputError, match=r"humanitec-s3: its policies have .* IAM allows 10,240 in one role"
        ):
            read(now)
    plan = plan_revocation(now)
    assert revoke(now, plan, revocation_visitor(now, plan, PlatformCaller())).is_complete


def with_long_policies(grant: Grant) -> Grant:
    (policy,) = S3_ROLE.policies
    assert isinstance(policy, PolicyFile)
    text = policy.text.replace('"Resource": "*"', f'"Resource": "arn:aws:s3:::{"x" * 5000}"')
    document = parse_policy(text, kind=PolicyKind.IDENTITY)
    three: tuple[Any, ...] = tuple(PolicyFile(Path(f"{name}.json"), text, document) for name in "abc")
    (account,) = grant.accounts
    roles = tuple(replace(one, policies=three) for one in account.roles)
    return replace(grant, accounts=(replace(account, roles=roles),))
