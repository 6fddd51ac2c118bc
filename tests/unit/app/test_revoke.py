"""Revoke, plan, restore and plan again, on accounts and clusters in memory."""

import datetime as dt
import itertools
import json
import stat
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from leastway.app.apply import apply_plan, refuse_revoked, refuse_revoked_since
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan, plan_remarks
from leastway.app.prove import prove_live
from leastway.app.restore import plan_restore, restore
from leastway.app.revocation_evidence import write_revocation_evidence
from leastway.app.revocation_plan import plan_revocation, revocation_visitor
from leastway.app.revoke import revoke
from leastway.app.revoked import Revoked
from leastway.app.status import status_of
from leastway.app.wiring import opened
from leastway.cli.commands import apply as command
from leastway.errors import LeastwayError
from leastway.estate import (
    REVOCATION_POLICY,
    AccessEntry,
    AccessPolicy,
    Address,
    AwsAuthMapping,
    ClusterFacts,
    EstateObject,
    Kind,
    Mark,
    Observed,
    OldSessionsMark,
    OtherAccess,
    Owner,
    Place,
    RbacBinding,
    Realm,
    RevokedMark,
    Role,
    Sighting,
    Unreadable,
    User,
    Way,
    revocation_of,
    without_closing,
)
from leastway.policy.prove import Refuted
from leastway.ports import Observation
from leastway.ports.memory import MemorySites, Stopped
from leastway.ports.memory_store import MemoryStore
from leastway.primitives import AccountId
from leastway.reconcile import ACCESS, ChangeAction, Convergence, CutAct, Outcome, RevocationVerdict, Status
from leastway.verify import (
    AssumeRoleCall,
    EksCall,
    KubernetesCall,
    PlatformCaller,
    ProbeAnswer,
    ProbeRequest,
    ProbeVerdict,
)
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE

API, BOTH, MAP = (Place(ACCOUNT, "eu-central-1", name) for name in ("api", "both", "map"))
ROLE = Address(Place(ACCOUNT), Kind.ROLE, S3_ROLE.name)
GRANT = """\
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
platform: humanitec
accounts:
  - id: "111122223333"
    region: eu-central-1
    clusters: [{name: prod, access: [{policy: view, namespaces: [shop]}]}]
"""
USER = Address(Place(ACCOUNT), Kind.USER, "humanitec")


@dataclass
class Clock:
    """A clock that only moves when a test or a wait moves it."""

    time: dt.datetime = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
    seconds: float = 0.0

    def now(self) -> dt.datetime:
        return self.time + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Platform:
    """Uses the access: allowed until the user, the role and the objects of the cluster are cut, and then refused."""

    sites: MemorySites
    outliving: type[object] | None = None
    rejects: bool = True

    def ask(self, request: ProbeRequest) -> ProbeAnswer:
        holder = ROLE if isinstance(request, AssumeRoleCall) else USER
        works = mark(self.sites, holder) is None or type(request) is self.outliving
        if works:
            return ProbeAnswer(ProbeVerdict.ALLOWED)
        if isinstance(request, KubernetesCall) and self.rejects:
            return ProbeAnswer(ProbeVerdict.UNKNOWN, "the cluster does not accept the token", rejected=True)
        return ProbeAnswer(ProbeVerdict.DENIED, "AccessDenied")


@pytest.fixture
def installed(open_grant: OpenGrant, sites: MemorySites) -> OpenGrant:
    """The grant of the other tests, applied."""
    clock = Clock()
    sites.clock = clock
    ours = replace(open_grant, clock=clock)
    assert apply_plan(ours, make_plan(ours)).is_complete
    sites.writes.clear()
    return ours


def cut_off(open_grant: OpenGrant, *, trust_marks: bool = False) -> Revoked:
    plan = plan_revocation(open_grant, trust_marks=trust_marks)
    return revoke(open_grant, plan, revocation_visitor(open_grant, plan, PlatformCaller()))


def mark(sites: MemorySites, address: Address) -> RevokedMark | OldSessionsMark | None:
    holder = sites.objects[address].object
    assert isinstance(holder, User | Role)
    return revocation_of(holder)


def test_the_trust_is_closed_before_the_deny_before_the_keys_before_the_clusters(
    installed: OpenGrant, sites: MemorySites
) -> None:
    done = cut_off(installed)
    assert not done.failures
    kinds = [(what, address.kind) for what, address in sites.writes]
    assert kinds[:4] == [
        ("revoke", Kind.ROLE),
        ("revoke", Kind.USER),
        ("revoke", Kind.ROLE),
        ("deactivate", Kind.ACCESS_KEY),
    ]
    assert {what for what, _ in kinds[4:]} == {"delete"}
    assert {kind for _, kind in kinds[4:]} == ACCESS
    assert not [address for address in sites.objects if address.kind in ACCESS]


def test_everything_is_denied_without_a_condition(installed: OpenGrant, sites: MemorySites) -> None:
    cut_off(installed)
    for address in (USER, ROLE):
        found = mark(sites, address)
        assert isinstance(found, RevokedMark)
        assert found.is_denied
        holder = sites.objects[address].object
        assert isinstance(holder, User | Role)
        for statement in dict(holder.inline)[REVOCATION_POLICY].statements:
            assert not statement.conditions
    assert len(sites.inactive) == 1


def test_policies_and_trust_statements_of_others_stay(installed: OpenGrant, sites: MemorySites) -> None:
    before = sites.objects[ROLE].object
    cut_off(installed)
    after = sites.objects[ROLE].object
    assert isinstance(before, Role)
    assert isinstance(after, Role)
    assert without_closing(after.trust).statements == before.trust.statements
    assert set(before.inline) < set(after.inline)
    assert after.policies == before.policies


def test_nothing_is_called_cut_off_that_was_not_tried(installed: OpenGrant) -> None:
    done = cut_off(installed)
    assert done.is_complete
    assert done.verdict is RevocationVerdict.UNKNOWN
    assert done.unproved == (ACCOUNT,)
    assert {one.before.verdict for one in done.tried} == {ProbeVerdict.SKIPPED}


def test_the_platform_is_cut_off_when_what_worked_before_is_refused(installed: OpenGrant, sites: MemorySites) -> None:
    done = revoke(installed, plan_revocation(installed), Platform(sites))
    assert done.verdict is RevocationVerdict.CUT
    assert done.unproved == ()
    assert all(one.worked and one.refused and not one.works for one in done.tried)


@pytest.mark.parametrize("request_type", [AssumeRoleCall, EksCall, KubernetesCall])
def test_the_platform_is_not_cut_off_while_something_works(
    installed: OpenGrant, sites: MemorySites, request_type: type[object]
) -> None:
    done = revoke(installed, plan_revocation(installed), Platform(sites, outliving=request_type))
    assert done.verdict is RevocationVerdict.WORKS
    assert all(one.works is isinstance(one.probe.request, request_type) for one in done.tried)
    assert "allowed" in done.unconfirmed[ACCOUNT]


def test_a_request_is_tried_until_it_was_refused_several_times_in_a_row(
    installed: OpenGrant, sites: MemorySites
) -> None:
    rounds = itertools.count()

    class Slow(Platform):
        def ask(self, request: ProbeRequest) -> ProbeAnswer:
            answer = super().ask(request)
            if isinstance(request, AssumeRoleCall) and answer.verdict is ProbeVerdict.DENIED and next(rounds) in (0, 2):
                return ProbeAnswer(ProbeVerdict.ALLOWED)
            return answer

    done = revoke(installed, plan_revocation(installed), Slow(sites))
    assert done.verdict is RevocationVerdict.CUT
    assert next(rounds) == 5


def test_a_service_that_does_not_answer_does_not_delay_the_cut(
    installed: OpenGrant, sites: MemorySites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.app.revocation_plan._PATIENCE", 0.05)
    answering = threading.Event()

    class Hanging(Platform):
        def ask(self, request: ProbeRequest) -> ProbeAnswer:
            if isinstance(request, EksCall):
                answering.wait(60)
            return super().ask(request)

    discover = sites.discover

    def hanging(places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        asked = list(places)
        if MAP in asked and not answering.is_set() and threading.current_thread().name.startswith("before"):
            answering.wait(60)
        return discover(asked)

    monkeypatch.setattr(sites, "discover", hanging)
    try:
        plan = plan_revocation(installed)
        done = revoke(installed, plan, Hanging(sites))
    finally:
        answering.set()
    assert [problem.where for problem in plan.unreadable] == [MAP]
    assert isinstance(mark(sites, ROLE), RevokedMark)
    late = [one for one in done.tried if "no answer in time" in one.before.detail]
    assert late
    assert {type(one.probe.request) for one in late} == {EksCall}
    assert not [address for address in sites.objects if address.kind in ACCESS]


def test_an_answer_that_is_neither_leaves_the_result_unknown(installed: OpenGrant, sites: MemorySites) -> None:
    class Broken(Platform):
        def ask(self, request: ProbeRequest) -> ProbeAnswer:
            answer = super().ask(request)
            if isinstance(request, EksCall) and answer.verdict is ProbeVerdict.DENIED:
                return ProbeAnswer(ProbeVerdict.UNKNOWN, "the connection broke")
            return answer

    done = revoke(installed, plan_revocation(installed), Broken(sites))
    assert done.verdict is RevocationVerdict.UNKNOWN
    assert "the connection broke" in done.unconfirmed[ACCOUNT]


def test_other_access_of_the_platform_is_not_called_cut_off(installed: OpenGrant, sites: MemorySites) -> None:
    other = Sighting(Place(ACCOUNT), Way.TRUST, "role legacy", "it trusts the platform", fix="delete it")
    sites.surroundings[Realm.IAM, Place(ACCOUNT)] = OtherAccess((other,))
    done = revoke(installed, plan_revocation(installed), Platform(sites))
    assert done.open == (other,)
    assert done.verdict is RevocationVerdict.WORKS


def test_revoking_again_changes_nothing(installed: OpenGrant, sites: MemorySites) -> None:
    cut_off(installed)
    since = mark(sites, ROLE)
    sites.writes.clear()
    installed.clock.sleep(3600)
    done = cut_off(installed)
    assert done.is_complete
    assert sites.writes == []
    assert mark(sites, ROLE) == since
    assert {step.reason for step in done.steps} <= {"already done"}


def test_a_plan_of_a_revoked_grant_puts_nothing_back(installed: OpenGrant, sites: MemorySites) -> None:
    cut_off(installed)
    planned = make_plan(installed)
    assert not planned.plan.writes
    assert not planned.plan.is_clean
    blocked = {change.address for change in planned.plan if change.action is ChangeAction.BLOCKED}
    assert {USER, ROLE} < blocked
    assert {address.kind for address in blocked} >= ACCESS
    assert all("access is revoked since 2026-11-28 12:00" in change.reason for change in planned.plan.open)
    assert any("revoke --restore" in note.text for note in plan_remarks(installed, planned))
    assert {one.status for one in status_of(installed, planned)} == {Status.REVOKED}
    with pytest.raises(LeastwayError, match="access is revoked since") as refused:
        refuse_revoked(planned)
    assert "leastway revoke --restore" in str(refused.value.fix)


def test_a_restore_puts_everything_back_and_keeps_old_sessions_out(installed: OpenGrant, sites: MemorySites) -> None:
    before = dict(sites.objects)
    cut_off(installed)
    installed.clock.sleep(600)
    done = restore(installed, plan_restore(installed))
    assert done.is_complete
    assert sites.inactive == set()
    role = mark(sites, ROLE)
    assert isinstance(role, OldSessionsMark)
    assert role.before > dt.datetime(2026, 11, 28, 12, 10, tzinfo=dt.UTC)
    assert role.until - role.before >= dt.timedelta(seconds=S3_ROLE.max_session_seconds)
    user = mark(sites, USER)
    assert isinstance(user, OldSessionsMark)
    assert user.until - user.before >= dt.timedelta(hours=36)
    assert sites.objects.keys() == before.keys()
    for address, one in before.items():
        if address not in (USER, ROLE):
            assert sites.objects[address].object == one.object


def test_a_restore_in_the_second_of_the_revocation_ends_when_new_sessions_work(
    installed: OpenGrant, sites: MemorySites
) -> None:
    quick = replace(installed, convergence=Convergence(successes=2, interval=0.05, deadline=20))
    cut_off(quick)
    assert restore(quick, plan_restore(quick)).is_complete
    for each in (ROLE, USER):
        found = mark(sites, each)
        assert isinstance(found, OldSessionsMark)
        assert found.before > dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
        assert installed.clock.now() >= found.before


def test_the_deny_on_old_sessions_is_expected_until_it_is_due_and_removed_then(
    installed: OpenGrant, sites: MemorySites
) -> None:
    cut_off(installed)
    restore(installed, plan_restore(installed))
    role = mark(sites, ROLE)
    assert isinstance(role, OldSessionsMark)
    planned = make_plan(installed)
    assert planned.plan.is_clean
    notes = [note.text for note in planned.notes]
    assert len([text for text in notes if f"expected until {role.until:%Y-%m-%d %H:%M:%S} UTC" in text]) == 1
    installed.clock.sleep(37 * 3600)
    planned = make_plan(installed)
    assert {change.address for change in planned.plan.writes} == {USER, ROLE}
    assert apply_plan(installed, planned).is_complete
    assert mark(sites, ROLE) is mark(sites, USER) is None
    assert make_plan(installed).plan.is_clean


def test_a_restored_grant_is_proved_like_before_and_a_revoked_one_does_not_work(installed: OpenGrant) -> None:
    def verdicts() -> list[type[object]]:
        return [type(proof.verdict) for proof in prove_live(installed)]

    before = verdicts()
    cut_off(installed)
    assert Refuted in verdicts()
    restore(installed, plan_restore(installed))
    assert verdicts() == before


def test_nothing_is_allowed_before_everything_is_back(installed: OpenGrant, sites: MemorySites) -> None:
    cut_off(installed)
    sites.writes.clear()
    restore(installed, plan_restore(installed))
    assert [(what, address.kind) for what, address in sites.writes[-3:]] == [
        ("activate", Kind.ACCESS_KEY),
        ("revoke", Kind.USER),
        ("revoke", Kind.ROLE),
    ]


def test_a_key_that_was_inactive_before_stays_inactive(installed: OpenGrant, sites: MemorySites) -> None:
    key = sites.objects[Address(Place(ACCOUNT), Kind.ACCESS_KEY, "humanitec")].unique_id
    sites.inactive.add(key)
    cut_off(installed)
    restore(installed, plan_restore(installed))
    assert sites.inactive == {key}


@pytest.mark.parametrize("restores", [False, True])
def test_a_run_that_is_killed_after_any_write_is_completed_by_the_next(
    installed: OpenGrant, sites: MemorySites, restores: bool
) -> None:
    if restores:
        cut_off(installed)
    objects, inactive = dict(sites.objects), set(sites.inactive)

    def whole() -> bool:
        if restores:
            return restore(installed, plan_restore(installed)).is_complete
        return cut_off(installed).is_complete

    def state() -> object:
        marks = [type(mark(sites, address)) for address in (USER, ROLE)]
        return {address.kind for address in sites.objects}, marks, sites.inactive

    sites.writes.clear()
    assert whole()
    number, expected = len(sites.writes), state()
    assert number > 8
    for point in range(1, number + 1):
        sites.objects, sites.inactive = dict(objects), set(inactive)
        sites.writes.clear()
        sites.stop_after = point
        with pytest.raises(Stopped):
            whole()
        sites.stop_after = None
        if restores and any(isinstance(mark(sites, each), RevokedMark) for each in (USER, ROLE)):
            assert make_plan(installed).revocations, f"stopped after write {point}"
        assert whole(), f"stopped after write {point}"
        assert state() == expected, f"stopped after write {point}"


def test_the_failure_of_one_account_does_not_stop_the_other(installed: OpenGrant, sites: MemorySites) -> None:
    (account,) = installed.grant.accounts
    other = replace(account, id=AccountId("444455556666"), clusters=())
    both = replace(installed, grant=replace(installed.grant, accounts=(account, other)))
    assert apply_plan(both, make_plan(both)).is_complete
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    done = cut_off(both)
    assert done.verdict is RevocationVerdict.INCOMPLETE
    assert {step.principal.place.account for step in done.failures} == {ACCOUNT}
    assert isinstance(mark(sites, ROLE._replace(place=Place(other.id))), RevokedMark)
    assert not [address for address in sites.objects if address.kind in ACCESS]
    sites.broken.clear()
    assert cut_off(both).is_complete
    assert isinstance(mark(sites, ROLE), RevokedMark)


def test_the_failure_of_one_step_does_not_stop_the_others(
    installed: OpenGrant, sites: MemorySites, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoker = sites.revoker(ACCOUNT)

    def refused(*_: object) -> str:
        raise LeastwayError("you may not call UpdateAssumeRolePolicy", fix="allow it")

    monkeypatch.setattr(type(revoker), "close", refused)
    done = cut_off(installed)
    assert [(step.act, step.fix) for step in done.failures] == [(CutAct.CLOSE_TRUST, "allow it")]
    assert isinstance(mark(sites, ROLE), RevokedMark)
    assert not [address for address in sites.objects if address.kind in ACCESS]
    assert done.verdict is RevocationVerdict.INCOMPLETE


def test_an_unreadable_cluster_leaves_the_result_unknown(installed: OpenGrant, sites: MemorySites) -> None:
    sites.broken.add((Realm.KUBERNETES, MAP))
    done = cut_off(installed)
    assert done.verdict is RevocationVerdict.UNKNOWN
    assert any(problem.where.place == MAP for problem in done.left.unreadable if isinstance(problem.where, Address))


def test_a_role_of_another_tool_is_cut_and_restored_as_it_was(installed: OpenGrant, sites: MemorySites) -> None:
    live = sites.objects[ROLE]
    assert isinstance(live.object, Role)
    theirs = replace(live.object, description="written by a stack")
    sites.objects[ROLE] = replace(live, object=theirs, mark=None, owner=Owner("CloudFormation", "access"))
    plan = plan_revocation(installed)
    assert [target.owner for target in plan.targets if target.principal == ROLE] == ["CloudFormation (access)"]
    assert revoke(installed, plan, Platform(sites)).is_complete
    assert isinstance(mark(sites, ROLE), RevokedMark)
    done = restore(installed, plan_restore(installed))
    assert not done.stays
    assert [step.outcome for step in done.steps if step.act is CutAct.OPEN_TRUST] == [Outcome.DONE]
    after = sites.objects[ROLE].object
    assert isinstance(after, Role)
    assert after.trust.statements == theirs.trust.statements
    assert after.description == theirs.description
    assert isinstance(mark(sites, ROLE), OldSessionsMark)


def test_a_role_with_a_mark_that_nobody_verified_is_not_cut_without_consent(
    installed: OpenGrant, sites: MemorySites
) -> None:
    live = sites.objects[ROLE].object
    assert isinstance(live, Role)
    stranger = replace(live, name="humanitec-other")
    sites.put(stranger, Observed(stranger, Mark("acme"), unique_id="role-x"))
    done = cut_off(installed)
    assert done.plan.unverified == (stranger.address,)
    assert mark(sites, stranger.address) is None
    assert done.verdict is RevocationVerdict.UNKNOWN
    cut_off(installed, trust_marks=True)
    assert isinstance(mark(sites, stranger.address), RevokedMark)


def test_a_role_of_another_grant_is_not_cut(installed: OpenGrant, sites: MemorySites) -> None:
    sites.objects[ROLE] = replace(sites.objects[ROLE], mark=Mark("another"))
    done = cut_off(installed)
    assert [change.address for change in done.plan.left] == [ROLE]
    assert mark(sites, ROLE) is None


def test_access_without_a_mark_is_cut_too(installed: OpenGrant, sites: MemorySites) -> None:
    for address in [address for address in sites.objects if address.kind in ACCESS]:
        sites.objects[address] = replace(sites.objects[address], mark=None)
    user = sites.objects[USER].object
    assert isinstance(user, User)
    shadow = AwsAuthMapping(BOTH, user.arn, "admin", frozenset({"system:masters"}))
    sites.put(shadow)
    done = cut_off(installed)
    assert done.is_complete
    assert not {address for address in sites.objects if address.kind in ACCESS} - {shadow.address}
    assert done.earlier == ()


@pytest.mark.parametrize("is_readable", [True, False])
def test_a_mapping_behind_an_entry_is_deleted_before_the_entry(
    installed: OpenGrant, sites: MemorySites, is_readable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = sites.objects[USER].object
    assert isinstance(user, User)
    shadow = AwsAuthMapping(BOTH, user.arn, "admin", frozenset({"system:masters"}))
    observe = sites.site(Realm.KUBERNETES, BOTH).observe
    sites.put(shadow)

    def seen(self: Any, wanted: Sequence[EstateObject], grant: str) -> Observation:
        found: Observation = original(self, wanted, grant)
        if self.place == BOTH and self.realm is Realm.KUBERNETES and shadow.address in sites.objects:
            return replace(found, objects={**found.objects, shadow.address: sites.objects[shadow.address]})
        return found

    def refused(self: Any, live: Observed, wanted: EstateObject, mark: Mark) -> None:
        if wanted == shadow and not is_readable:
            raise LeastwayError("the API server cannot be reached")
        update(self, live, wanted, mark)

    kind = type(observe.__self__)  # type: ignore[attr-defined]  # a bound method
    original, update = kind.observe, kind.update
    monkeypatch.setattr(kind, "observe", seen)
    monkeypatch.setattr(kind, "update", refused)
    done = cut_off(installed)
    gone = [address for what, address in sites.writes if what == "delete" and address.place == BOTH]
    entry = next(address for address in gone if address.kind is Kind.ACCESS_ENTRY)
    if is_readable:
        assert gone.index(shadow.address) < gone.index(entry)
        assert done.is_complete
    else:
        assert done.verdict is RevocationVerdict.INCOMPLETE


def test_a_binding_with_other_subjects_is_left_and_reported(installed: OpenGrant, sites: MemorySites) -> None:
    (address,) = [each for each in sites.objects if each.kind is Kind.RBAC_BINDING and each.place == MAP]
    binding = sites.objects[address].object
    assert isinstance(binding, RbacBinding)
    sites.objects[address] = Observed(replace(binding, other_subjects=frozenset({"User/jane"})), unique_id="b")
    done = cut_off(installed)
    assert address in sites.objects
    assert [change.reason for change in done.left.open] == ["it also binds User/jane"]


def test_the_evidence_names_what_was_removed_and_what_cannot_be_cut(installed: OpenGrant, tmp_path: Path) -> None:
    path, written = write_revocation_evidence(installed, cut_off(installed))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == written
    assert written["verdict"] == "unknown"
    removed = {one["what"]: one for one in json.loads(path.read_text())["removed"]}
    entry = next(one for what, one in removed.items() if f"{API}/access-entry/" in what)
    assert {"principal", "groups", "username"} <= entry.keys()
    assert any("exec" in one["what"] and one["found"] is None for one in json.loads(path.read_text())["not_cut"])


def test_evidence_never_replaces_evidence_of_the_same_second(installed: OpenGrant) -> None:
    done = cut_off(installed)
    (first, _), (second, _) = (write_revocation_evidence(installed, done) for _ in range(2))
    assert second == first.with_stem(f"{first.stem}-2")
    assert first.exists()


def test_the_evidence_names_what_an_interrupted_run_removed(installed: OpenGrant, sites: MemorySites) -> None:
    sites.stop_after = 7
    with pytest.raises(Stopped):
        cut_off(installed)
    sites.stop_after = None
    gone = [address for what, address in sites.writes if what == "delete"]
    done = cut_off(installed)
    assert {str(address) for address in gone} <= {removal.what for removal in done.earlier}


def test_a_record_that_cannot_be_written_does_not_keep_the_access(installed: OpenGrant, sites: MemorySites) -> None:
    installed.settings.evidence.parent.mkdir(parents=True, exist_ok=True)
    installed.settings.evidence.write_text("a file instead of a folder")
    done = cut_off(installed)
    assert done.is_complete
    assert done.not_recorded
    assert not [address for address in sites.objects if address.kind in ACCESS]


def test_a_plan_from_before_a_revocation_puts_nothing_back(installed: OpenGrant, sites: MemorySites) -> None:
    del sites.objects[next(address for address in sites.objects if address.kind is Kind.ACCESS_ENTRY)]
    planned = make_plan(installed)
    assert planned.plan.writes
    refuse_revoked_since(installed, planned)
    cut_off(installed)
    with pytest.raises(LeastwayError, match="so apply changes nothing"):
        refuse_revoked_since(installed, planned)


def test_an_apply_that_asked_when_the_grant_was_revoked_is_refused(
    installed: OpenGrant, sites: MemorySites, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sites.objects[next(address for address in sites.objects if address.kind is Kind.ACCESS_ENTRY)]
    planned = make_plan(installed)
    monkeypatch.setattr(command, "confirm", lambda *_, **__: cut_off(installed))
    with pytest.raises(LeastwayError, match="so apply changes nothing"):
        command._agree(installed, planned, yes=False)


class FullStore(MemoryStore):
    """A store on a full disk."""

    def touch(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        raise LeastwayError("the store cannot be written")

    def forget_made(self, grant: str, addresses: Iterable[Address] | None = None) -> None:
        raise LeastwayError("the store cannot be written")


def test_a_store_that_cannot_be_written_does_not_keep_the_access(installed: OpenGrant, sites: MemorySites) -> None:
    done = cut_off(replace(installed, store=FullStore()))
    assert done.is_complete
    assert "cannot be written" in done.not_recorded
    assert not [address for address in sites.objects if address.kind in ACCESS]


def test_a_store_that_cannot_be_opened_keeps_neither_the_access_nor_the_verdict(
    installed: OpenGrant, sites: MemorySites
) -> None:
    done = cut_off(replace(installed, store=MemoryStore(), no_store="the store cannot be opened"))
    assert done.is_complete
    assert done.not_recorded == "the store cannot be opened"
    assert "only the store knows" in done.not_looked
    assert done.verdict is RevocationVerdict.UNKNOWN
    assert not [address for address in sites.objects if address.kind in ACCESS]


def test_only_a_command_that_needs_no_store_goes_on_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEASTWAY_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("LEASTWAY_STORE", str(tmp_path))  # a folder
    grant = tmp_path / "grant.yaml"
    grant.write_text(GRANT)
    with pytest.raises(LeastwayError, match="cannot be opened"), opened(grant):
        pass
    with opened(grant, needs_store=False) as found:
        assert "the store cannot be opened" in found.no_store


def test_a_restore_that_fails_in_an_account_leaves_it_revoked(installed: OpenGrant, sites: MemorySites) -> None:
    cut_off(installed)
    planned = plan_restore(installed)
    sites.broken.add((Realm.EKS, API))
    done = restore(installed, planned)
    assert not done.is_complete
    assert done.stays.keys() == {USER, ROLE}
    assert isinstance(mark(sites, ROLE), RevokedMark)
    sites.broken.clear()
    assert restore(installed, plan_restore(installed)).is_complete


def test_a_grant_that_became_smaller_is_restored_as_it_is_now(installed: OpenGrant, sites: MemorySites) -> None:
    cut_off(installed)
    (account,) = installed.grant.accounts
    smaller = replace(installed, grant=replace(installed.grant, accounts=(replace(account, roles=()),)))
    assert restore(smaller, plan_restore(smaller)).is_complete
    assert ROLE not in sites.objects
    assert isinstance(mark(sites, USER), OldSessionsMark)


def test_a_revoked_grant_can_be_offboarded(installed: OpenGrant, sites: MemorySites) -> None:
    cut_off(installed)
    assert offboard(installed, plan_offboarding(installed)).is_complete
    assert not sites.objects


def test_a_grant_that_was_never_applied_has_nothing_to_cut(open_grant: OpenGrant, sites: MemorySites) -> None:
    done = cut_off(open_grant)
    assert sites.writes == []
    assert {step.outcome for step in done.steps} == {Outcome.SKIPPED}
    assert done.unproved == ()
    assert done.verdict is RevocationVerdict.CUT


def test_an_entry_of_another_tool_is_deleted_and_comes_back_as_ours(installed: OpenGrant, sites: MemorySites) -> None:
    entry = next(each for each in sites.objects.values() if isinstance(each.object, AccessEntry))
    address = entry.object.address
    sites.objects[address] = replace(entry, mark=None, owner=Owner("Terraform", ""))
    assert cut_off(installed).is_complete
    assert restore(installed, plan_restore(installed)).is_complete
    assert sites.objects[address].mark is not None


def test_an_access_policy_beyond_the_grant_goes_with_its_entry(installed: OpenGrant, sites: MemorySites) -> None:
    policy = next(each.object for each in sites.objects.values() if isinstance(each.object, AccessPolicy))
    more = replace(policy, policy="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy")
    sites.put(more)
    assert cut_off(installed).is_complete
    assert more.address not in sites.objects
