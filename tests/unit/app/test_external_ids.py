"""The external ids of a grant over time, on accounts in memory: adopted, changed, and in conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from leastway.app.apply import apply_plan
from leastway.app.evidence import evidence
from leastway.app.export import ExternalIdUnknownError, make_export
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.prove import prove_compiled, prove_planned
from leastway.app.status import status_of
from leastway.compiler import Choice
from leastway.errors import ExitCode, InvalidInputError
from leastway.estate import Address, Kind, Owner, Place, Realm, Role, RoleIds, RoleKey, Stage, asked_ids
from leastway.policy import PolicyKind, parse_policy, render
from leastway.policy.prove import Proved, Refuted
from leastway.ports.memory import MemorySites, Stopped
from leastway.ports.memory_store import MemoryStore
from leastway.proof import Claim
from leastway.reconcile import ChangeAction, Status
from leastway.verify import AssumeRoleCall, ExternalIdUse, probes
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, cluster, grant_of

ACCESS, S3 = "humanitec-eks-access-111122223333", "humanitec-s3"
W, X, Y, Z = (f"{letter}{'9f8b4c1de27a40c6b3d57e1f0a9c4b8d'}" for letter in "0123")


@pytest.fixture
def open_grant(open_grant: OpenGrant) -> OpenGrant:
    """A grant with two roles that the platform assumes."""
    return replace(open_grant, grant=grant_of(cluster("api"), roles=(S3_ROLE,)))


def naming(open_grant: OpenGrant, external_id: str | None) -> OpenGrant:
    (account,) = open_grant.grant.accounts
    return replace(open_grant, grant=replace(open_grant.grant, accounts=(replace(account, external_id=external_id),)))


def apply(open_grant: OpenGrant, *, finish: bool = False, choices: Mapping[RoleKey, Choice] | None = None) -> None:
    assert apply_plan(open_grant, make_plan(open_grant, finish=finish, choices=choices)).is_complete


def role_of(sites: MemorySites, name: str) -> Role:
    live = sites.objects[Address(Place(ACCOUNT), Kind.ROLE, name)].object
    assert isinstance(live, Role)
    return live


def accepted(sites: MemorySites, role: str) -> tuple[str, ...]:
    return asked_ids(role_of(sites, role).trust).ids


def ask_for(sites: MemorySites, name: str, *ids: str, is_ours: bool = False) -> None:
    """Make a live role require other ids, as if changed by hand."""
    role = role_of(sites, name)
    tree: Any = render(role.trust)
    tree["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = list(ids)
    changed = replace(role, trust=parse_policy(tree, kind=PolicyKind.TRUST))
    observed = sites.objects[role.address]
    sites.objects[role.address] = replace(observed, object=changed, mark=observed.mark if is_ours else None)


def by_hand(open_grant: OpenGrant, sites: MemorySites, ids: Mapping[str, tuple[str, ...]]) -> OpenGrant:
    """Create the roles as if by hand, with an empty store afterwards."""
    apply(open_grant)
    for role, its in ids.items():
        ask_for(sites, role, *its)
    return replace(open_grant, store=MemoryStore())


def test_two_roles_with_different_ids_keep_them(open_grant: OpenGrant, sites: MemorySites) -> None:
    fresh = by_hand(open_grant, sites, {ACCESS: (X,), S3: (Y,)})
    apply(fresh)
    assert (accepted(sites, ACCESS), accepted(sites, S3)) == ((X,), (Y,))
    planned = make_plan(fresh)
    assert planned.plan.is_clean
    assert not planned.notes
    files = make_export(fresh, "terraform")
    assert f'default     = "{X}"' in files[f"{ACCOUNT}/variables.tf"]
    assert f'"sts:ExternalId" = "{Y}"' in files[f"{ACCOUNT}/iam.tf"]


def test_a_role_keeps_several_ids_and_a_note_names_them(open_grant: OpenGrant, sites: MemorySites) -> None:
    fresh = by_hand(open_grant, sites, {S3: (X, Y), ACCESS: (Z,)})
    apply(fresh)
    assert accepted(sites, S3) == (X, Y)
    planned = make_plan(fresh)
    assert planned.plan.is_clean
    (note,) = planned.notes
    assert X in note.text
    assert Y in note.text
    (proof,) = [one for one in prove_planned(fresh, planned) if one.claim is Claim.TRUST and S3 in one.subject]
    assert isinstance(proof.verdict, Proved)
    assert f"{X} or {Y}; neither was chosen yet" in proof.text
    with pytest.raises(InvalidInputError, match="the grant does not say which one stays"):
        make_plan(fresh, finish=True)
    chosen = naming(fresh, Y)
    apply(chosen)
    assert set(accepted(sites, S3)) == {Y, X}
    apply(chosen, finish=True)
    assert accepted(sites, S3) == (Y,)
    assert accepted(sites, ACCESS) == (Y,)


def test_both_ids_are_accepted_during_a_change_until_finish(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    (old,) = accepted(sites, S3)
    changed = naming(open_grant, W)
    planned = make_plan(changed)
    assert {change.address.name for change in planned.plan.writes} == {ACCESS, S3}
    assert {note.where for note in planned.notes} == {f"{ACCOUNT}/role/{ACCESS}", f"{ACCOUNT}/role/{S3}"}
    assert all("make the platform use the new one" in note.text for note in planned.notes)
    assert make_plan(open_grant).plan.is_clean, "a plan stores no change: the grant may be reverted"

    apply(changed)
    assert accepted(sites, S3) == accepted(sites, ACCESS) == (W, old)
    for later in (changed, open_grant):
        planned = make_plan(later)
        assert planned.plan.is_clean
        assert all(one.status is Status.AS_EXPECTED for one in status_of(later, planned))
        assert all("then run `leastway apply --finish`" in note.text for note in planned.notes)
        assert len(planned.notes) == 2
    for proofs in (prove_planned(changed, make_plan(changed)), prove_compiled(changed)):
        trusts = [one for one in proofs if one.claim is Claim.TRUST]
        assert all(f"{W} or, until `leastway apply --finish`, {old}," in one.text for one in trusts)
        assert all(isinstance(one.verdict, Proved) for one in proofs)
    asked = [
        (one.request.external_id, one.request.number)
        for one in probes(changed.grant, None, make_plan(changed).external_ids)
        if isinstance(one.request, AssumeRoleCall) and one.request.role_arn.endswith(S3)
    ]
    right = ExternalIdUse.RIGHT
    assert asked == [(right, 0), (ExternalIdUse.WRONG, 0), (ExternalIdUse.NONE, 0), (right, 1), (right, 0)]

    apply(changed, finish=True)
    assert accepted(sites, S3) == accepted(sites, ACCESS) == (W,)
    for later in (changed, open_grant):
        planned = make_plan(later)
        assert planned.plan.is_clean
        assert not planned.notes
        assert planned.external_ids.of(ACCOUNT, S3) == RoleIds(W)
    apply(changed, finish=True)


def test_a_third_id_during_a_change_is_refuted_and_is_a_conflict(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    (old,) = accepted(sites, S3)
    changed = naming(open_grant, W)
    apply(changed)
    ask_for(sites, S3, W, old, Z, is_ours=True)
    planned = make_plan(changed)
    (proof,) = [one for one in prove_planned(changed, planned) if one.claim is Claim.TRUST and S3 in one.subject]
    assert isinstance(proof.verdict, Refuted)
    assert proof.verdict.counterexample is not None
    assert Z in proof.verdict.counterexample.describe()
    (conflict,) = planned.settled.conflicts
    assert Z in conflict.text
    (blocked,) = [change for change in planned.plan if change.action is ChangeAction.BLOCKED]
    assert blocked.address.name == S3
    assert (Z in blocked.reason, "--external-ids" in blocked.fix) == (True, True)
    apply(changed, choices={conflict.key: Choice.STORED})
    apply(changed, finish=True)
    assert accepted(sites, S3) == (W,)


@pytest.mark.parametrize(
    ("choice", "after", "finished"), [(Choice.LIVE, (Y,), (Y,)), (Choice.STORED, (X, Y), (X,))], ids=["live", "stored"]
)
def test_a_live_role_that_disagrees_with_the_store_is_a_conflict(
    open_grant: OpenGrant, sites: MemorySites, choice: Choice, after: tuple[str, ...], finished: tuple[str, ...]
) -> None:
    apply(naming(open_grant, X))
    ask_for(sites, S3, Y, is_ours=True)
    before = sites.objects[Address(Place(ACCOUNT), Kind.ROLE, S3)]
    planned = make_plan(open_grant)
    (conflict,) = planned.settled.conflicts
    assert (conflict.live, conflict.stored) == ((Y,), RoleIds(X))
    apply_plan(open_grant, planned)
    assert sites.objects[Address(Place(ACCOUNT), Kind.ROLE, S3)] == before, "nothing is changed without a choice"
    with pytest.raises(InvalidInputError, match=f"{Y}, but leastway's store has {X}"):
        make_export(open_grant, "humanitec")
    apply(open_grant, choices={conflict.key: choice})
    assert accepted(sites, S3) == after
    assert not make_plan(open_grant).settled.conflicts
    apply(open_grant, finish=True)
    assert accepted(sites, S3) == finished


def test_an_old_store_without_ids_for_each_role_still_works(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(naming(open_grant, X))
    old = replace(open_grant, store=MemoryStore())
    old.store.keep("acme", {(ACCOUNT, ""): RoleIds(X)})
    planned = make_plan(old)
    assert planned.plan.is_clean
    assert not planned.notes
    assert old.store.external_ids("acme")[ACCOUNT, S3] == RoleIds(X)


@pytest.mark.parametrize("finish", [False, True])
def test_a_change_that_is_stopped_after_any_write_can_be_completed(
    open_grant: OpenGrant, sites: MemorySites, finish: bool
) -> None:
    apply(open_grant)
    (old,) = accepted(sites, S3)
    changed = naming(open_grant, W)
    if finish:
        apply(changed)
    objects, kept = dict(sites.objects), dict(changed.store.external_ids("acme"))
    for point in (1, 2):
        sites.objects, sites.writes, sites.stop_after = dict(objects), [], point
        store = MemoryStore()
        store.keep("acme", kept)
        again = replace(changed, store=store)
        with pytest.raises(Stopped):
            apply_plan(again, make_plan(again, finish=finish))
        sites.stop_after = None
        for role in (ACCESS, S3):
            assert (W if finish else old) in accepted(sites, role)
        apply(again)
        assert accepted(sites, S3) == accepted(sites, ACCESS) == ((W,) if finish else (W, old))
        assert make_plan(again).plan.is_clean


def test_an_id_of_a_role_that_another_tool_owns_is_changed_through_exports(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    """The owner deploys what the export contains: both ids, then only the new one."""

    def deploy() -> tuple[str, ...]:
        text = make_export(changed, "terraform")[f"{ACCOUNT}/iam.tf"]
        ids = tuple(one for one in (X, W) if one in text or one in make_export(changed, "terraform")[variables])
        for role in (ACCESS, S3):
            ask_for(sites, role, *ids)
            address = Address(Place(ACCOUNT), Kind.ROLE, role)
            sites.objects[address] = replace(sites.objects[address], owner=Owner("Terraform", ""))
        return ids

    variables = f"{ACCOUNT}/variables.tf"
    changed = naming(open_grant, X)
    apply(changed)
    assert deploy() == (X,)
    changed = naming(open_grant, W)
    assert all(
        "once the output of `leastway export` is deployed, both are accepted" in note.text
        for note in make_plan(changed).notes
    )
    apply(changed)
    assert accepted(sites, S3) == (X,)
    assert deploy() == (X, W)
    assert len(make_plan(changed).notes) == 2
    assert all("is not finished" in note.text for note in make_plan(changed).notes)
    apply(changed, finish=True)
    assert accepted(sites, S3) == (X, W)
    assert deploy() == (W,)
    assert not make_plan(changed).notes


def test_no_new_id_is_stored_for_a_role_that_cannot_be_read(open_grant: OpenGrant, sites: MemorySites) -> None:
    fresh = by_hand(open_grant, sites, {S3: (X,)})
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    assert make_plan(fresh).plan.unreadable
    with pytest.raises(ExternalIdUnknownError) as caught:
        make_export(fresh, "humanitec")
    assert caught.value.exit_code is ExitCode.UNKNOWN
    sites.broken.clear()
    assert make_plan(fresh).external_ids.of(ACCOUNT, S3) == RoleIds(X)


def test_an_id_shared_with_another_account_can_be_changed(open_grant: OpenGrant, sites: MemorySites) -> None:
    fresh = by_hand(open_grant, sites, {S3: (X,), ACCESS: (X,)})
    fresh.store.claim("other", "444455556666", [X])
    with pytest.raises(InvalidInputError, match="requires an external id of another account"):
        make_plan(fresh)
    changed = naming(fresh, W)
    apply(changed)
    assert accepted(sites, S3) == (W, X)
    apply(changed, finish=True)
    assert accepted(sites, S3) == (W,)


def test_an_id_of_another_account_in_the_grant_is_refused(open_grant: OpenGrant) -> None:
    open_grant.store.claim("other", "444455556666", [X])
    with pytest.raises(InvalidInputError, match="cannot be claimed"):
        make_plan(naming(open_grant, X))


def test_registrations_of_two_roles_use_their_own_ids(open_grant: OpenGrant, sites: MemorySites) -> None:
    fresh = by_hand(open_grant, sites, {ACCESS: (X,), S3: (Y,)})
    files = "".join(make_export(fresh, "humanitec").values())
    assert X in files
    apply(naming(fresh, W))
    files = "".join(make_export(naming(fresh, W), "humanitec").values())
    assert (W in files, X in files) == (True, False)


def test_evidence_names_the_ids_that_a_removed_role_accepted(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(naming(open_grant, X))
    apply(naming(open_grant, W))
    removed = evidence(open_grant, offboard(open_grant, plan_offboarding(open_grant)))["removed"]
    assert isinstance(removed, list)
    ids = {one["what"]: one["external_ids"] for one in removed if "external_ids" in one}
    assert ids == {f"{ACCOUNT}/role/{role}": [W, X] for role in (ACCESS, S3)}
    assert make_plan(open_grant).external_ids.of(ACCOUNT, S3) == RoleIds(W, (), Stage.SETTLED)
