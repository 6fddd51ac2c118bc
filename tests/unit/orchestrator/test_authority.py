"""What the gateway of a run is given, and what it is refused: leases, roles field for field, entries, kill switches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leastway.audit import Entry, Outcome
from leastway.errors import LeastwayError
from leastway.gateway import CallEntry, CallOutcome, Decision, RefusedError, SessionAsk, StateAnswer, StateRequest
from leastway.orchestrator.authority import LEASE, RunAuthority, RunBounds
from leastway.ports import CallerIdentity, StsRefusedError
from leastway.registry import Run, RunCall
from leastway.sessions import KillSwitch, Scope
from tests.databases import new_sqlite
from tests.runs import run_of
from tests.unit.broker.world import ENTER, OWN, PREFIX, S3, World, open_world

NAMED = PREFIX + "humanitec-named"
PLANS = PREFIX + "humanitec-reads"


@dataclass
class Noted:
    calls: list[RunCall] = field(default_factory=list)
    outcomes: list[CallOutcome] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)

    def say(self, phase: str, text: str) -> None:
        self.lines.append((phase, text))

    def called(self, call: RunCall) -> None:
        self.calls.append(call)

    def answered(self, outcome: CallOutcome) -> None:
        self.outcomes.append(outcome)


@dataclass
class SimpleState:
    alive: bool = True

    def answer(self, request: StateRequest) -> StateAnswer:
        return StateAnswer(200, body=request.method.encode())

    def renew(self) -> bool:
        return self.alive


@dataclass
class Attempt:
    world: World
    authority: RunAuthority
    noted: Noted
    state: SimpleState
    killed: list[KillSwitch]


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as world:
        yield attempt_of(world, run_of("one", account="prod", role=OWN.arn, attempt=1))


def attempt_of(world: World, run: Run, bounds: RunBounds | None = None) -> Attempt:
    noted, state, killed = Noted(), SimpleState(), list[KillSwitch]()
    with world.store.writing() as transaction:
        if transaction.runs.find(run.id) is None:
            transaction.runs.add(run)
        assert transaction.runs.take_lease(run.id, "lease", transaction.now + LEASE, transaction.now)
    authority = RunAuthority(
        run=run,
        lease="lease",
        bounds=bounds or RunBounds(frozenset({NAMED}), own_role=OWN.arn),
        store=world.store,
        gate=world.gate,
        broker=world.broker,
        ledger=world.ledger,
        clock=world.clock,
        journal=noted,
        state_of_run=state,
        killed=killed.append,
        identity_of=lambda region: CallerIdentity("111122223333", f"arn of {region}", "AIDA"),
    )
    authority.open()
    return Attempt(world, authority, noted, state, killed)


def entry_of(world: World, number: int = 1, **more: Any) -> CallEntry:
    entry = CallEntry(
        number=number,
        at=world.clock.now(),
        phase="apply",
        decision=Decision.ALLOWED,
        host="s3.eu-west-1.amazonaws.com",
        service="s3",
        operation="CreateBucket",
        region="eu-west-1",
        key="ASIALW",
        role=OWN.arn,
        actions=("s3:CreateBucket",),
        resources=("arn:aws:s3:::bucket",),
    )
    return replace(entry, **more)


def test_a_session_of_another_role_than_the_run_s_own_is_not_used(attempt: Attempt) -> None:
    bounds = replace(attempt.authority.bounds, own_role=PREFIX + "humanitec-before")
    changed = attempt_of(attempt.world, attempt.authority.run, bounds)
    words = f"account prod has the role {OWN.arn} by now, and this run began with {PREFIX}humanitec-before"
    with pytest.raises(RefusedError, match=words):
        changed.authority.session(SessionAsk(None, "eu-west-1"))


def test_the_account_s_own_role_is_assumed_with_its_external_id(attempt: Attempt) -> None:
    issued = attempt.authority.session(SessionAsk(None, "eu-west-1"))
    ((request, signer),) = attempt.world.sts.calls
    assert (request.role, request.external_id, request.region, signer) == (OWN.arn, "external-id", "eu-west-1", None)
    assert request.definition == "bucket"
    assert issued.keys.key_id == "ASIA1"
    (entry,) = attempt.world.ledger.entries
    assert (entry.action, entry.details["run"], entry.details["definition"]) == (
        "credentials.handed-out",
        "one",
        "bucket",
    )


def test_a_role_of_the_list_is_assumed_field_for_field(attempt: Attempt) -> None:
    ask = SessionAsk(
        S3.arn,
        "eu-west-1",
        session_name="mine",
        duration=900,
        policy="{}",
        policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        source_identity="someone",
        tags=(("team", "a"),),
        transitive_tag_keys=("team",),
    )
    attempt.authority.session(ask)
    (_, first), (request, signer) = attempt.world.sts.calls
    assert (first, signer) == (None, "ASIA1")
    assert (request.role, request.session_name, request.duration, request.external_id) == (S3.arn, "mine", 900, None)
    assert (request.policy, request.policy_arns, request.source_identity) == ("{}", ask.policy_arns, "someone")
    assert (request.tags, request.transitive_tag_keys) == ((("team", "a"),), ("team",))


def test_a_role_that_the_definition_names_need_not_be_in_the_list(attempt: Attempt) -> None:
    attempt.authority.session(SessionAsk(NAMED, "eu-west-1", external_id="as-asked"))
    assert attempt.world.sts.calls[-1][0].external_id == "as-asked"


def test_a_role_outside_the_list_is_refused_before_sts_is_called(attempt: Attempt) -> None:
    with pytest.raises(RefusedError, match="is not in the account's list"):
        attempt.authority.session(SessionAsk(PREFIX + "humanitec-other", "eu-west-1"))
    assert attempt.world.sts.calls == []
    assert attempt.world.ledger.later[-1].outcome is Outcome.REFUSED
    assert attempt.world.ledger.later[-1].details["run"] == "one"


def test_a_session_is_chained_from_the_one_that_signs(attempt: Attempt) -> None:
    via = SessionAsk(S3.arn, "eu-west-1", external_id="other-id")
    attempt.authority.session(SessionAsk(NAMED, "eu-west-1", via=via))
    roles = [request.role for request, _ in attempt.world.sts.calls]
    assert roles == [OWN.arn, S3.arn, NAMED]


def test_sts_refuses_with_role_and_request_id(attempt: Attempt) -> None:
    attempt.world.sts.fails = StsRefusedError("not allowed [request 42]", where=f"role {OWN.arn}")
    with pytest.raises(RefusedError, match=rf"role {OWN.arn}: not allowed \[request 42\]"):
        attempt.authority.session(SessionAsk(None, "eu-west-1"))


def test_while_planning_the_read_only_role_stands_for_the_own_one(attempt: Attempt) -> None:
    bounds = RunBounds(plan_role=PLANS, plan_external_id="reads", own_role=OWN.arn)
    planning = attempt_of(attempt.world, attempt.authority.run, bounds).authority
    planning.session(SessionAsk(None, "eu-west-1", phase="plan"))
    planning.session(SessionAsk(None, "eu-west-1", phase="apply"))
    asked = [(request.role, request.external_id) for request, _ in attempt.world.sts.calls]
    assert asked == [(PLANS, "reads"), (OWN.arn, "external-id")]


def test_while_planning_every_role_is_the_read_only_one_and_the_entries_say_so(attempt: Attempt) -> None:
    bounds = RunBounds(frozenset({NAMED}), plan_role=PLANS, plan_external_id="reads")
    planning = attempt_of(attempt.world, attempt.authority.run, bounds).authority
    chained = SessionAsk(NAMED, "eu-west-1", "named", external_id="x", via=SessionAsk(None, "eu-west-1"))
    planning.session(chained)
    planning.enter(entry_of(attempt.world, 1, phase="plan", role=NAMED))
    planning.enter(entry_of(attempt.world, 2, phase="apply", role=NAMED))
    assert [(request.role, request.external_id) for request, _ in attempt.world.sts.calls] == [(PLANS, "reads")]
    assert [entry.details["role"] for entry in attempt.world.ledger.entries[-2:]] == [PLANS, NAMED]


def test_each_call_is_an_entry_before_it_is_signed(attempt: Attempt) -> None:
    attempt.authority.enter(entry_of(attempt.world))
    (entry,) = attempt.world.ledger.entries
    assert (entry.organization, entry.action, entry.target) == ("acme", "aws.called", "s3:CreateBucket")
    assert (entry.actor.user, entry.outcome) == ("someone", Outcome.DONE)
    assert entry.details["resources"] == ("arn:aws:s3:::bucket",)
    assert (entry.details["run"], entry.details["attempt"], entry.details["decision"]) == ("one", 1, "allowed")
    assert [one.operation for one in attempt.noted.calls] == ["CreateBucket"]


def test_a_refused_call_is_entered_as_refused(attempt: Attempt) -> None:
    attempt.authority.refused(entry_of(attempt.world, decision=Decision.REFUSED, reason="not in the contract"))
    (entry,) = attempt.world.ledger.later
    assert (entry.action, entry.outcome) == ("aws.call-refused", Outcome.REFUSED)
    assert "verified" not in entry.details
    assert attempt.noted.calls[0].reason == "not in the contract"


def test_an_operation_that_nothing_verified_is_marked_in_its_entry(attempt: Attempt) -> None:
    attempt.authority.refused(entry_of(attempt.world, decision=Decision.REFUSED, is_verified=False))
    (entry,) = attempt.world.ledger.later
    assert (entry.target, entry.details["verified"]) == ("s3:CreateBucket", False)


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (Scope.ACCOUNT, "prod"),
        (Scope.DEFINITION, "bucket"),
        (Scope.ROLE, OWN.arn),
        (Scope.ORGANIZATION, None),
        (Scope.EVERYTHING, None),
    ],
)
def test_a_kill_switch_cuts_the_gateway_at_once(attempt: Attempt, scope: Scope, target: str | None) -> None:
    attempt.authority.enter(entry_of(attempt.world))
    organization = None if scope is Scope.EVERYTHING else "acme"
    began = time.monotonic()
    attempt.world.switching.turn_on(
        scope, organization=organization, target=target, reason="stop", by="owner", enter=ENTER
    )
    assert {one.scope for one in attempt.killed} == {scope}
    assert time.monotonic() - began < 5
    with pytest.raises(RefusedError, match="a kill switch stops"):
        attempt.authority.enter(entry_of(attempt.world, 2))
    with pytest.raises(RefusedError, match="a kill switch stops"):
        attempt.authority.session(SessionAsk(None, "eu-west-1"))
    assert len(attempt.noted.calls) == 1


def test_a_kill_switch_for_a_role_that_was_assumed_cuts_the_gateway(attempt: Attempt) -> None:
    attempt.authority.session(SessionAsk(NAMED, "eu-west-1"))
    attempt.world.switching.turn_on(
        Scope.ROLE, organization="acme", target=NAMED, reason="stop", by="owner", enter=ENTER
    )
    assert {one.target for one in attempt.killed} == {NAMED}


def test_another_organization_s_switch_stops_nothing(attempt: Attempt) -> None:
    attempt.world.switching.turn_on(
        Scope.ACCOUNT, organization="other", target="prod", reason="stop", by="owner", enter=ENTER
    )
    attempt.authority.enter(entry_of(attempt.world))
    assert attempt.killed == []


def test_an_attempt_without_its_lease_gets_nothing(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    late = time.monotonic() + LEASE.total_seconds() + 1
    attempt.authority.renew()
    monkeypatch.setattr("leastway.orchestrator.authority.monotonic", lambda: late)
    for ask in (
        lambda: attempt.authority.session(SessionAsk(None, "eu-west-1")),
        lambda: attempt.authority.enter(entry_of(attempt.world)),
        lambda: attempt.authority.state(StateRequest("GET", "/")),
        lambda: attempt.authority.identity("eu-west-1"),
    ):
        with pytest.raises(RefusedError, match="no longer holds its lease"):
            ask()
    assert attempt.world.sts.calls == []
    attempt.authority.renew()
    assert attempt.authority.state(StateRequest("GET", "/")).body == b"GET"


def test_a_call_is_not_entered_if_the_lease_ends_while_it_waits_for_the_log(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = attempt.world.ledger.submit
    late = time.monotonic() + LEASE.total_seconds() + 1

    def after_the_lease(decide: Callable[[], Entry]) -> Future[Entry]:
        monkeypatch.setattr("leastway.orchestrator.authority.monotonic", lambda: late)
        return submit(decide)

    monkeypatch.setattr(attempt.world.ledger, "submit", after_the_lease)
    with pytest.raises(RefusedError, match="no longer holds its lease"):
        attempt.authority.enter(entry_of(attempt.world))
    assert attempt.world.ledger.entries == []


def test_a_lease_that_another_attempt_took_is_not_renewed(attempt: Attempt) -> None:
    attempt.world.clock.time += LEASE + timedelta(seconds=1)
    with attempt.world.store.writing() as transaction:
        assert transaction.runs.take_lease("one", "second", transaction.now + LEASE, transaction.now)
    with pytest.raises(RefusedError, match="another attempt"):
        attempt.authority.renew()
    with pytest.raises(RefusedError, match="no longer holds its lease"):
        attempt.authority.enter(entry_of(attempt.world))


def test_a_lost_lease_of_the_state_ends_the_attempt(attempt: Attempt) -> None:
    attempt.state.alive = False
    with pytest.raises(RefusedError):
        attempt.authority.renew()
    with pytest.raises(RefusedError, match="no longer holds its lease"):
        attempt.authority.state(StateRequest("GET", "/"))


def test_a_store_that_cannot_be_written_signs_nothing(attempt: Attempt) -> None:
    def broken(_transaction: object) -> None:
        raise LeastwayError("the disk is full")

    attempt.world.ledger._before_batch = broken
    with pytest.raises(RefusedError, match="the disk is full"):
        attempt.authority.enter(entry_of(attempt.world))
    assert attempt.noted.calls == []


def test_many_calls_at_once_are_all_entered(attempt: Attempt) -> None:
    threads = [
        threading.Thread(target=attempt.authority.enter, args=(entry_of(attempt.world, number),)) for number in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one.number for one in attempt.noted.calls) == list(range(8))


def test_a_refusal_is_a_line_of_the_log_once_and_names_the_host(attempt: Attempt) -> None:
    refused = {"decision": Decision.REFUSED, "reason": "it is not AWS's (use another)"}
    host = entry_of(attempt.world, 1, service="", operation="CONNECT", host="registry.example.com", **refused)
    attempt.authority.enter(host)
    attempt.authority.refused(replace(host, number=2))
    attempt.authority.enter(entry_of(attempt.world, 3, **refused))
    attempt.authority.enter(entry_of(attempt.world, 4))
    assert attempt.noted.lines == [
        ("apply", "the gateway refused CONNECT at registry.example.com: it is not AWS's (use another)"),
        ("apply", "the gateway refused s3 CreateBucket at s3.eu-west-1.amazonaws.com: it is not AWS's (use another)"),
    ]
    assert len(attempt.noted.calls) == 4
