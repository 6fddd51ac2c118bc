"""Plan, apply, plan again and offboard, on accounts and clusters in memory."""

import itertools
import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leastway.app.apply import apply_plan
from leastway.app.evidence import evidence, write_evidence
from leastway.app.offboard import forget_what_is_gone, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.status import status_of
from leastway.compiler import cluster_places, compile_grant
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import (
    AccessEntry,
    AccessPolicy,
    ClusterFacts,
    ExternalIds,
    ManagedPolicy,
    Mark,
    Observed,
    Place,
    Realm,
    Role,
    RoleIds,
    Stage,
    Unreadable,
    User,
    external_id_in,
)
from leastway.grant import Grant
from leastway.ports import Observation
from leastway.ports.memory import MemorySites, Stopped
from leastway.ports.memory_store import MemoryStore
from leastway.primitives import AccountId
from leastway.reconcile import Applied, Change, ChangeAction, Outcome, Status
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, cluster

API, BOTH, MAP = (Place(ACCOUNT, "eu-central-1", name) for name in ("api", "both", "map"))


def apply(open_grant: OpenGrant) -> None:
    assert apply_plan(open_grant, make_plan(open_grant)).is_complete


def test_the_plan_after_an_apply_is_empty_and_every_no_op_has_a_reason(open_grant: OpenGrant) -> None:
    apply(open_grant)
    plan = make_plan(open_grant).plan
    assert plan.is_clean
    assert all(change.action is ChangeAction.NONE and change.reason for change in plan)


def test_plan_apply_and_later_plans_use_the_same_external_id(open_grant: OpenGrant) -> None:
    planned = make_plan(open_grant)
    apply(open_grant)
    assert make_plan(open_grant).external_ids == planned.external_ids
    assert len(planned.external_ids.of(ACCOUNT).current) >= 22


def test_each_account_gets_its_own_external_id(open_grant: OpenGrant) -> None:
    (account,) = open_grant.grant.accounts
    other = AccountId("444455556666")
    both = replace(open_grant.grant, accounts=(account, replace(account, id=other, clusters=())))
    found = make_plan(replace(open_grant, grant=both)).external_ids
    assert found.by_role.keys() == {(ACCOUNT, ""), (ACCOUNT, S3_ROLE.name), (other, ""), (other, S3_ROLE.name)}
    assert found.of(ACCOUNT) != found.of(other)


def test_the_external_id_is_read_from_the_live_role_when_the_store_was_lost(open_grant: OpenGrant) -> None:
    apply(open_grant)
    before = make_plan(open_grant).external_ids
    again = replace(open_grant, store=MemoryStore())
    planned = make_plan(again)
    assert planned.external_ids == before
    assert planned.plan.is_clean
    assert again.store.external_ids(open_grant.grant.name) == before.by_role


def test_an_unreadable_cluster_is_reported_and_does_not_stop_others(open_grant: OpenGrant, sites: MemorySites) -> None:
    del sites.facts[API]
    planned = make_plan(open_grant)
    assert [problem.where for problem in planned.plan.unreadable] == [API]
    apply_plan(open_grant, planned)
    assert {address.place for address in sites.objects} == {Place(ACCOUNT), BOTH, MAP}
    by_place = {one.place: one.status for one in status_of(open_grant, make_plan(open_grant))}
    assert by_place == {
        Place(ACCOUNT): Status.AS_EXPECTED,
        API: Status.UNKNOWN,
        BOTH: Status.AS_EXPECTED,
        MAP: Status.AS_EXPECTED,
    }


def test_status_names_what_differs(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    entry = next(address for address in sites.objects if address.place == API and address.kind.value == "access-entry")
    del sites.objects[entry]
    by_place = {one.place: one for one in status_of(open_grant, make_plan(open_grant))}
    assert by_place[API].status is Status.DIFFERS
    assert by_place[API].counts[ChangeAction.CREATE] == 1
    assert by_place[BOTH].status is Status.AS_EXPECTED


def test_status_differs_when_an_object_gives_more_than_the_grant(open_grant: OpenGrant) -> None:
    apply(open_grant)
    planned = make_plan(open_grant)
    more = AccessPolicy(
        API, "arn:aws:iam::111122223333:role/r", "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdmin"
    )
    stray = Change(more.address, ChangeAction.STRAY, "it gives more than the grant says")
    plan = replace(planned.plan, changes=(*planned.plan.changes, stray))
    by_place = {one.place: one.status for one in status_of(open_grant, replace(planned, plan=plan))}
    assert by_place[API] is Status.DIFFERS
    assert by_place[BOTH] is Status.AS_EXPECTED


def test_kubernetes_is_read_only_where_the_grant_needs_it(open_grant: OpenGrant, sites: MemorySites) -> None:
    sites.broken.add((Realm.KUBERNETES, API))
    apply(open_grant)
    assert make_plan(open_grant).plan.is_clean


def test_objects_are_deleted_in_a_cluster_that_left_the_grant(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    (account,) = open_grant.grant.accounts
    fewer = replace(
        open_grant, grant=replace(open_grant.grant, accounts=(replace(account, clusters=account.clusters[:1]),))
    )
    plan = make_plan(fewer).plan
    deleted = {change.address.place for change in plan if change.action is ChangeAction.DELETE}
    assert deleted == {BOTH, MAP}
    apply(fewer)
    assert {address.place for address in sites.objects} == {Place(ACCOUNT), API}
    assert make_plan(fewer).plan.is_clean


def test_offboarding_removes_our_objects_and_nothing_else(open_grant: OpenGrant, sites: MemorySites) -> None:
    stranger = AccessEntry(API, f"arn:aws:iam::{ACCOUNT}:role/humanitec-by-hand")
    sites.put(stranger)
    apply(open_grant)
    done = offboard(open_grant, plan_offboarding(open_grant))
    assert done.is_complete
    assert set(sites.objects) == {stranger.address}
    assert open_grant.store.touched(open_grant.grant.name)
    forget_what_is_gone(open_grant, done)
    assert not open_grant.store.touched(open_grant.grant.name)


def test_offboarding_finds_kubernetes_objects_when_the_store_was_lost(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    again = replace(open_grant, store=MemoryStore())
    assert offboard(again, plan_offboarding(again, trust_marks=True)).is_complete
    assert not sites.objects


def test_offboarding_is_complete_when_a_cluster_no_longer_exists(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    for address in [address for address in sites.objects if address.place == MAP]:
        del sites.objects[address]
    answers = dict(sites.facts)
    answers[MAP] = Unreadable(MAP, "there is no such cluster", absent=True)  # type: ignore[assignment]
    sites.facts = answers
    assert offboard(open_grant, plan_offboarding(open_grant)).is_complete


def test_offboarding_is_incomplete_when_a_site_cannot_be_read(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    sites.broken.add((Realm.EKS, API))
    done = offboard(open_grant, plan_offboarding(open_grant))
    assert not done.is_complete
    assert [problem.where for problem in done.left.unreadable] == [API]
    forget_what_is_gone(open_grant, done)
    assert open_grant.store.touched(open_grant.grant.name)


def test_offboarding_is_incomplete_when_a_cluster_cannot_be_read(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    del sites.facts[API]
    done = offboard(open_grant, plan_offboarding(open_grant))
    assert not done.is_complete
    assert [problem.where for problem in done.left.unreadable] == [API]
    assert {address.place for address in sites.objects} == {API}
    assert open_grant.store.touched(open_grant.grant.name)


def test_evidence_lists_what_was_removed_and_checked(open_grant: OpenGrant, sites: MemorySites, tmp_path: Path) -> None:
    apply(open_grant)
    expected = {str(address) for address in sites.objects}
    plan = plan_offboarding(open_grant)
    assert {change.reason for change in plan.writes} == {"it carries the grant's mark"}
    done = offboard(open_grant, plan)
    path, _ = write_evidence(open_grant, done, tmp_path / "evidence.json")
    output = json.loads(path.read_text())
    assert {one["what"] for one in output["removed"]} == expected
    assert output["complete"] is True
    assert output["checked"] == {"reads_in_a_row": 2, "still_there": [], "unreadable": []}
    assert output["started"] <= output["finished"]
    assert output["grant"] == "acme"


def test_evidence_lists_failures_and_unreadable_places(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    plan = plan_offboarding(open_grant)
    sites.broken.add((Realm.EKS, API))
    output = evidence(open_grant, offboard(open_grant, plan))
    failed = {str(address) for address in sites.objects if address.place in (API, Place(ACCOUNT))}
    assert output["complete"] is False
    assert {one["what"] for one in output["failed"]} == failed  # type: ignore[attr-defined]
    assert {one["outcome"] for one in output["failed"]} == {"failed", "skipped"}  # type: ignore[attr-defined]
    assert [one["where"] for one in output["checked"]["unreadable"]] == [str(API)]  # type: ignore[index]
    assert "no way in" in output["checked"]["unreadable"][0]["reason"]  # type: ignore[index]


def test_a_policy_in_use_by_others_is_held_until_it_is_released(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    policy = next(one.object for one in sites.objects.values() if isinstance(one.object, ManagedPolicy))
    jane = User(ACCOUNT, "jane", frozenset({policy.arn}), "")
    sites.put(jane)
    for _ in range(2):  # repeated runs give the same result
        done = offboard(open_grant, plan_offboarding(open_grant))
        output: Any = evidence(open_grant, done)
        assert not done.is_complete
        assert not done.applied.having(Outcome.FAILED)
        assert set(sites.objects) == {policy.address, jane.address}
        (held,) = output["held"]
        assert held["what"] == str(policy.address)
        assert held["reason"] == "it is still used by user jane"
        assert "untag-policy" in held["fix"]
        assert output["checked"]["still_there"] == [str(policy.address)]
    left_to_jane = replace(sites.objects[policy.address], mark=None)  # what the fix does
    sites.objects[policy.address] = left_to_jane
    done = offboard(open_grant, plan_offboarding(open_grant))
    output = evidence(open_grant, done)
    assert done.is_complete
    assert (output["complete"], output["held"]) == (True, [])
    assert sites.objects[policy.address] == left_to_jane


def test_evidence_lists_what_a_killed_run_removed(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    expected = {(str(one.object.address), one.unique_id) for one in sites.objects.values()}
    sites.stop_after = len(sites.writes) + 3
    with pytest.raises(Stopped):
        offboard(open_grant, plan_offboarding(open_grant))
    sites.stop_after = None
    left = {(str(one.object.address), one.unique_id) for one in sites.objects.values()}
    assert left < expected
    done = offboard(open_grant, plan_offboarding(open_grant))
    output: Any = evidence(open_grant, done)
    assert {(one["what"], one["unique_id"]) for one in output["removed"]} == left
    assert {(one["what"], one["unique_id"]) for one in output["gone_since_earlier_runs"]} == expected - left
    forget_what_is_gone(open_grant, done)
    again: Any = evidence(open_grant, offboard(open_grant, plan_offboarding(open_grant)))
    assert (again["removed"], again["gone_since_earlier_runs"]) == ([], [])


@pytest.mark.parametrize("damage", ["not JSON", '[{"other": 1}]', '{"a": 1}'])
def test_nothing_is_removed_when_the_pending_removals_cannot_be_read(
    open_grant: OpenGrant, sites: MemorySites, damage: str
) -> None:
    apply(open_grant)
    before = dict(sites.objects)
    begun = open_grant.settings.evidence / "acme.begun.json"
    begun.parent.mkdir(parents=True)
    begun.write_text(damage)
    with pytest.raises(LeastwayError, match="so nothing was removed") as caught:
        offboard(open_grant, plan_offboarding(open_grant))
    assert caught.value.where == str(begun)
    assert sites.objects == before


def test_nothing_is_removed_when_the_pending_removals_cannot_be_written(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    before = dict(sites.objects)
    open_grant.settings.evidence.touch()  # a file in place of the folder
    with pytest.raises(LeastwayError, match="so nothing was removed"):
        offboard(open_grant, plan_offboarding(open_grant))
    assert sites.objects == before


def test_offboarding_is_incomplete_when_an_object_failed_or_reappeared(open_grant: OpenGrant) -> None:
    apply(open_grant)
    done = offboard(open_grant, plan_offboarding(open_grant))
    (first, *others) = done.applied.results
    refused = replace(first, outcome=Outcome.FAILED, reason="access denied")
    failed = replace(done, applied=Applied((refused, *others)))
    assert not failed.is_complete
    assert evidence(open_grant, failed)["failed"] == [
        {"what": str(first.change.address), "outcome": "failed", "reason": "access denied"}
    ]
    entry = AccessEntry(API, f"arn:aws:iam::{ACCOUNT}:user/humanitec")
    again = replace(done, left=Observation({entry.address: Observed(entry, Mark("acme"))}))
    assert not again.is_complete
    assert evidence(open_grant, again)["checked"]["still_there"] == [str(entry.address)]  # type: ignore[index]


def test_an_object_that_only_the_last_read_finds_is_left_over(
    open_grant: OpenGrant, sites: MemorySites, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(open_grant)
    plan = plan_offboarding(open_grant)
    entry, looks, ask = AccessEntry(API, f"arn:aws:iam::{ACCOUNT}:user/humanitec"), itertools.count(1), sites.discover

    def discover(places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        if next(looks) == 2:
            sites.put(entry, Observed(entry, Mark("acme")))
        return ask(places)

    monkeypatch.setattr(sites, "discover", discover)
    done = offboard(open_grant, plan)
    assert (done.looked, list(done.left.objects)) == (2, [entry.address])
    assert not done.is_complete


def test_the_error_contains_evidence_that_cannot_be_written(open_grant: OpenGrant, tmp_path: Path) -> None:
    done = offboard(open_grant, plan_offboarding(open_grant))
    (tmp_path / "file").touch()
    with pytest.raises(LeastwayError) as caught:
        write_evidence(open_grant, done, tmp_path / "file" / "evidence.json")
    assert json.dumps(evidence(open_grant, done), indent=2) in caught.value.what
    assert "--evidence" in (caught.value.fix or "")


def test_evidence_files_are_readable_only_by_their_owner(open_grant: OpenGrant, tmp_path: Path) -> None:
    apply(open_grant)
    before = os.umask(0)
    try:
        done = offboard(open_grant, plan_offboarding(open_grant))
        begun = open_grant.settings.evidence / "acme.begun.json"
        written = [
            begun,
            *(write_evidence(open_grant, done, path)[0] for path in (None, tmp_path / "audit" / "x.json")),
        ]
    finally:
        os.umask(before)
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_evidence_never_replaces_evidence_of_the_same_second(open_grant: OpenGrant) -> None:
    apply(open_grant)
    done = offboard(open_grant, plan_offboarding(open_grant))
    first, of_first = write_evidence(open_grant, done)
    second, of_second = write_evidence(open_grant, replace(done, looked=99))
    third, _ = write_evidence(open_grant, done)
    assert (second, third) == (first.with_stem(f"{first.stem}-2"), first.with_stem(f"{first.stem}-3"))
    assert [json.loads(path.read_text()) for path in (first, second)] == [of_first, of_second]


def test_evidence_is_not_written_to_links_or_devices(open_grant: OpenGrant, tmp_path: Path) -> None:
    done = offboard(open_grant, plan_offboarding(open_grant))
    (tmp_path / "theirs").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(LeastwayError, match="the evidence cannot be written"):
            write_evidence(open_grant, done, tmp_path / name)
    assert (tmp_path / "theirs").read_text() == "kept"


def test_an_adopted_role_keeps_its_external_id(open_grant: OpenGrant, sites: MemorySites) -> None:
    """A role created by hand requires an external id that the platform has: adoption must not lock it out."""
    adopted = "Zq3nXv8KpL0tRw5Yb2Jd7Hf4Sg9Mc1Qa"
    guesses = ExternalIds.of_accounts({ACCOUNT: adopted})
    compiled = compile_grant(
        open_grant.grant, {place: sites.facts[place] for place in cluster_places(open_grant.grant)}, guesses
    )
    role = next(one for one in compiled.estate if isinstance(one, Role))
    sites.put(role)
    planned = make_plan(open_grant)
    assert planned.external_ids.of(ACCOUNT, S3_ROLE.name) == RoleIds(adopted)
    change = next(one for one in planned.plan if one.address == role.address)
    assert (change.action, change.differences) == (ChangeAction.ADOPT, ())
    assert external_id_in(role.trust) == adopted


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("acme-humanitec", "it contains the name of the grant"),
        ("correct-horse-battery-staple", "it has about 52 random bits, and at least 128 are required"),
    ],
)
def test_a_guessable_external_id_of_a_live_role_is_refused(
    open_grant: OpenGrant, sites: MemorySites, weak: str, why: str
) -> None:
    compiled = compile_grant(
        open_grant.grant,
        {place: sites.facts[place] for place in cluster_places(open_grant.grant)},
        ExternalIds.of_accounts({ACCOUNT: weak}),
    )
    role = next(one for one in compiled.estate if isinstance(one, Role))
    sites.put(role)
    with pytest.raises(InvalidInputError, match=f"that can be guessed: {why}") as caught:
        make_plan(open_grant)
    assert "`external_id` of its own" in (caught.value.fix or "")
    assert not open_grant.store.external_ids(open_grant.grant.name)
    (account,) = open_grant.grant.accounts
    strong = replace(account, external_id="uE7wQ2pN5xJ9cV4bT8kH1rY6mD3sF0gA")
    planned = make_plan(replace(open_grant, grant=replace(open_grant.grant, accounts=(strong,))))
    change = next(one for one in planned.plan if one.address == role.address)
    assert change.action is ChangeAction.ADOPT
    assert [difference.field for difference in change.differences] == ["trust"]


def test_two_accounts_whose_live_roles_share_an_external_id_are_refused(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    (account,) = open_grant.grant.accounts
    other = replace(account, id=AccountId("444455556666"), clusters=())
    both = replace(open_grant, grant=replace(open_grant.grant, accounts=(replace(account, clusters=()), other)))
    shared = "Zq3nXv8KpL0tRw5Yb2Jd7Hf4Sg9Mc1Qa"
    for one in compile_grant(
        both.grant, {}, ExternalIds.of_accounts(dict.fromkeys((ACCOUNT, other.id), shared))
    ).estate:
        if isinstance(one, Role):
            sites.put(one)
    with pytest.raises(InvalidInputError, match="requires an external id of another account") as caught:
        make_plan(both)
    assert caught.value.where == "acme/444455556666"
    assert "another `external_id`" in (caught.value.fix or "")
    apart = replace(other, external_id="uE7wQ2pN5xJ9cV4bT8kH1rY6mD3sF0gA")
    planned = make_plan(replace(both, grant=replace(both.grant, accounts=(both.grant.accounts[0], apart))))
    assert planned.external_ids.of(ACCOUNT, S3_ROLE.name) == RoleIds(shared)
    changing = RoleIds("uE7wQ2pN5xJ9cV4bT8kH1rY6mD3sF0gA", (shared,), Stage.CHANGING)
    assert planned.external_ids.of(other.id, S3_ROLE.name) == changing


def test_two_grants_do_not_change_each_others_objects(open_grant: OpenGrant, sites: MemorySites, grant: Grant) -> None:
    apply(open_grant)
    mine = dict(sites.objects)
    other = replace(grant, name="other", accounts=(replace(grant.accounts[0], clusters=(cluster("api"),)),))
    plan = make_plan(replace(open_grant, grant=other)).plan
    assert {change.action for change in plan} == {ChangeAction.BLOCKED}
    apply_plan(replace(open_grant, grant=other), make_plan(replace(open_grant, grant=other)))
    assert sites.objects == mine
