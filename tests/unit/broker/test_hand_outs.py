"""What is handed out, to whom, and what is refused before and after STS is called."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from leastway.api.errors import response_to
from leastway.audit import Entry, Outcome
from leastway.broker import Asked, AssumeFields, StaleError, StoppedError, UnknownAccountError, hand_outs, live
from leastway.broker.ledger import Ledger
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import EksToken, StsRefusedError, StsUnavailableError
from leastway.sessions import AccountRoles, AllowedRole, KillSwitch, RoleNotAllowedError, Scope, Subject
from tests.databases import new_sqlite
from tests.unit.broker.world import ENTER, OUTSIDE, OWN, PREFIX, S3, World, open_world

PROD = Asked("acme", "prod")
DENIED = StsRefusedError("x is not allowed to perform sts:AssumeRole [request 42]", where=f"role {OWN.arn}")
THROTTLED = StsUnavailableError("AssumeRole was throttled 8 times in a row", where=f"role {OWN.arn}")


def minutes(world: World, number: float) -> None:
    world.clock.time += timedelta(minutes=number)


def token(world: World, asked: Asked) -> EksToken:
    generation = world.gate.generation
    return world.broker.eks_token(asked, ENTER, cluster="prod", region="eu-west-1", generation=generation)


def eventually(what: str, is_so: object) -> None:
    assert callable(is_so)
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.005)


def test_sts_is_called_with_the_fields_of_the_role(world: World) -> None:
    handed = world.broker.hand_out(PROD, ENTER)
    ((request, signer),) = world.sts.calls
    assert (request.role, request.external_id, request.session_name) == (OWN.arn, "external-id", "leastway")
    assert (request.duration, request.region, signer) == (3600, "eu-central-1", None)
    assert (handed.keys.key_id, handed.role, handed.trouble) == ("ASIA1", OWN.arn, None)
    assert handed.expires_at == world.clock.now() + timedelta(hours=1)


def test_every_hand_out_is_entered_before_it_leaves(world: World) -> None:
    first = world.broker.hand_out(PROD, ENTER)
    second = asyncio.run(world.broker.hand_out_soon(PROD, ENTER, world.gate.generation))
    assert first.keys is second.keys
    assert len(world.sts.calls) == 1
    with world.store.reading() as transaction:
        rows = transaction._connection.execute(text("SELECT entry FROM audit_entries"))
        entries = [json.loads(row.entry) for row in rows]
        (session,) = transaction.sessions.of("acme", transaction.now)
    assert [(one["action"], one["target"], one["outcome"]) for one in entries] == [
        ("credentials.handed-out", OWN.arn, "done")
    ] * 2
    assert entries[0]["details"]["session"] == session.id == first.session
    assert entries[0]["details"]["access_key_id"] == session.access_key_id == "ASIA1"
    assert session.handed_out_at == world.clock.now()
    assert "secret-1" not in json.dumps(entries)
    assert "token-1" not in json.dumps(entries)


def test_a_commit_that_fails_hands_nothing_out(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    with world.store.writing() as transaction:
        transaction._connection.execute(text("DROP TABLE audit_entries"))
    with pytest.raises(LeastwayError, match="the store cannot be written"):
        world.broker.hand_out(PROD, ENTER)
    assert world.ledger.later[-1].outcome is Outcome.FAILED


def test_a_listed_role_is_chained_from_the_account_s_own(world: World) -> None:
    handed = world.broker.hand_out(Asked("acme", "prod", definition="s3-bucket"), ENTER)
    (_, first), (request, signer) = world.sts.calls
    assert (first, signer) == (None, "ASIA1")
    assert (request.role, request.session_name, request.external_id) == (S3.arn, "bucket", "other-id")
    assert handed.keys.key_id == "ASIA2"
    with world.store.reading() as transaction:
        child, parent = sorted(transaction.sessions.of("acme", transaction.now), key=lambda one: one.parent is None)
    assert child.parent == parent.id
    assert parent.handed_out_at is None
    assert child.handed_out_at is not None


def test_the_key_of_an_account_signs_and_is_not_chained(world: World) -> None:
    world.broker.hand_out(Asked("acme", "keyed", S3.arn, duration=43_200), ENTER)
    ((request, signer),) = world.sts.calls
    assert (signer, request.via, request.duration, request.key_version) == ("AKIAEXAMPLE", None, 43_200, 3)


@pytest.mark.parametrize(
    ("asked", "kind", "message"),
    [
        (Asked("acme", "prod", OUTSIDE.arn), RoleNotAllowedError, "does not begin with humanitec"),
        (Asked("acme", "prod", PREFIX + "humanitec-x"), RoleNotAllowedError, "is not in the account's list"),
        (Asked("acme", "keyed"), RoleNotAllowedError, "never handed out"),
        (Asked("acme", "theirs"), UnknownAccountError, "account 'theirs' does not exist"),
        (Asked("acme", "nothing"), UnknownAccountError, "account 'nothing' does not exist"),
    ],
)
def test_a_role_or_account_that_is_not_allowed_is_refused_before_sts_is_called(
    world: World, asked: Asked, kind: type[LeastwayError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        world.broker.hand_out(asked, ENTER)
    assert world.sts.calls == []
    (entry,) = world.ledger.later
    assert (entry.action, entry.outcome) == ("credentials.refused", Outcome.REFUSED)
    assert message in str(entry.details["reason"])


@pytest.mark.parametrize("fields", [None, AssumeFields(is_named=True), AssumeFields(True, replaces_own=True)])
def test_a_role_in_an_aws_account_of_another_organization_is_refused_before_sts_is_called(
    world: World, fields: AssumeFields | None
) -> None:
    theirs = "arn:aws:iam::444455556666:role/humanitec-named"
    asked = Asked("acme", "prod") if fields is None else Asked("acme", "prod", theirs, fields=fields)
    world.accounts.taken.add("111122223333" if fields is None else "444455556666")
    with pytest.raises(RoleNotAllowedError, match="is not available"):
        world.broker.hand_out(asked, ENTER)
    assert world.sts.calls == []
    assert [entry.action for entry in world.ledger.later] == ["credentials.refused"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked("acme", "prod", duration=899), "cannot last 899 seconds"),
        (Asked("acme", "keyed", S3.arn, duration=43_201), "cannot last 43,201 seconds"),
        (Asked("acme", "prod", S3.arn, duration=3601), "at most one hour"),
        (Asked("acme", "prod", session_name="a b"), "the session name is not valid"),
    ],
)
def test_what_sts_would_refuse_by_its_form_is_refused_before_sts_is_called(
    world: World, asked: Asked, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        world.broker.hand_out(asked, ENTER)
    assert world.sts.calls == []
    (entry,) = world.ledger.later
    assert (entry.action, entry.outcome) == ("credentials.refused", Outcome.REFUSED)


@pytest.mark.parametrize(
    "error",
    [
        StoppedError(KillSwitch("1", Scope.ACCOUNT, "acme", "prod", "a leak", datetime.now(UTC), "u1")),
        UnknownAccountError("no such account"),
        RoleNotAllowedError("not in the list"),
        DENIED,
        InvalidInputError("a session cannot last 899 seconds"),
        THROTTLED,
        LeastwayError("the store cannot be read"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_entry_of_a_refusal_has_the_status_of_the_answer(world: World, error: LeastwayError) -> None:
    statuses: list[int] = []

    def enter(*given: Any, status: int, **details: Any) -> Entry:
        statuses.append(status)
        return ENTER(*given, status=status, **details)

    world.broker.refuse(PROD, enter, error)
    answer = response_to(error).status_code
    assert statuses == [answer]
    assert [one.outcome for one in world.ledger.later] == [Outcome.FAILED if answer == 503 else Outcome.REFUSED]


def test_an_hour_is_the_longest_session_of_a_server_that_is_a_role_itself(tmp_path: Path) -> None:
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db"), is_session=True) as world:
        world.accounts.of["acme", "prod"] = AccountRoles("acme", "prod", replace(OWN, duration=7200))
        with pytest.raises(InvalidInputError, match="at most one hour, and 7,200 seconds were requested"):
            world.broker.hand_out(Asked("acme", "prod", duration=7200), ENTER)
        world.broker.hand_out(PROD, ENTER)
        assert world.sts.calls[0][0].duration == 3600


@pytest.mark.parametrize("duration", [900, 3600])
def test_a_thousand_simultaneous_requests_make_one_call(world: World, duration: int) -> None:
    world.sts.waits = answers = threading.Event()
    asked = Asked("acme", "prod", duration=duration)

    async def ask() -> list[str]:
        generation = world.gate.generation
        asyncio.get_running_loop().call_later(0.3, answers.set)
        asking = [world.broker.hand_out_soon(asked, ENTER, generation) for _ in range(1000)]
        return [one.keys.key_id for one in await asyncio.gather(*asking)]

    with Ledger(world.store, world.gate.before_batch) as ledger:
        world.broker._ledger = ledger
        assert asyncio.run(ask()) == ["ASIA1"] * 1000
    assert len(world.sts.calls) == 1
    with world.store.reading() as transaction:
        assert transaction._connection.scalar(text("SELECT count(*) FROM audit_entries")) == 1000


def test_threads_that_ask_for_the_same_in_different_words_make_one_call(world: World) -> None:
    same = [PROD, Asked("acme", "prod", OWN.arn), Asked("acme", "prod", session_name="leastway")] * 5
    with ThreadPoolExecutor(15) as threads:
        handed = list(threads.map(lambda asked: world.broker.hand_out(asked, ENTER), same))
    assert {one.keys.key_id for one in handed} == {"ASIA1"}
    assert len(world.sts.calls) == 1


def test_the_next_session_is_made_ahead_while_the_last_one_is_handed_out(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    minutes(world, 30)
    assert world.broker.hand_out(PROD, ENTER).keys.key_id == "ASIA1"
    assert len(world.sts.calls) == 1
    minutes(world, 14)
    world.sts.waits = threading.Event()
    assert world.broker.hand_out(PROD, ENTER).keys.key_id == "ASIA1"
    eventually("the next session is made", lambda: len(world.sts.calls) == 2)
    world.sts.waits.set()
    eventually("the next session is handed out", lambda: world.broker.hand_out(PROD, ENTER).keys.key_id == "ASIA2")
    assert len(world.sts.calls) == 2


def test_at_least_fifteen_minutes_are_left(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    minutes(world, 46)
    handed = world.broker.hand_out(PROD, ENTER)
    assert handed.expires_at - world.clock.now() == timedelta(hours=1)


def test_a_session_under_thirty_minutes_is_new_for_each_hand_out(world: World) -> None:
    asked = Asked("acme", "prod", duration=900)
    assert [world.broker.hand_out(asked, ENTER).keys.key_id for _ in range(3)] == ["ASIA1", "ASIA2", "ASIA3"]


def test_a_refusal_of_sts_is_shown_and_remembered_for_a_minute(world: World) -> None:
    world.sts.fails = DENIED
    said = f"role {OWN.arn}: x is not allowed to perform sts:AssumeRole [request 42]"
    for again in ("", " (AWS is asked again after 12:01:00 UTC)", " (AWS is asked again after 12:01:00 UTC)"):
        with pytest.raises(StsRefusedError) as caught:
            world.broker.hand_out(PROD, ENTER)
        assert str(caught.value) == said + again
    assert len(world.sts.calls) == 1
    assert len(world.ledger.later) == 3
    minutes(world, 1.01)
    world.sts.fails = None
    assert world.broker.hand_out(PROD, ENTER).keys.key_id == "ASIA2"


def test_a_refusal_ends_what_an_earlier_session_has_left(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    minutes(world, 50)
    world.sts.fails = DENIED
    for _ in range(2):
        with pytest.raises(StsRefusedError):
            world.broker.hand_out(PROD, ENTER)
    assert len(world.broker.sessions) == 0


def test_the_rest_of_a_session_is_handed_out_while_sts_throttles_and_this_is_said(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    minutes(world, 50)
    world.sts.fails = THROTTLED
    for _ in range(3):
        handed = world.broker.hand_out(PROD, ENTER)
        assert (handed.keys.key_id, handed.trouble) == ("ASIA1", "AssumeRole was throttled 8 times in a row")
    assert len(world.sts.calls) == 2  # STS is left alone for some seconds
    minutes(world, 10)
    with pytest.raises(StsUnavailableError, match="throttled"):
        world.broker.hand_out(PROD, ENTER)


def test_the_rest_of_a_session_is_handed_out_when_sts_is_slow(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    minutes(world, 50)
    world.sts.waits = threading.Event()
    began = time.monotonic()
    handed = world.broker.hand_out(PROD, ENTER)
    assert (handed.keys.key_id, handed.trouble) == ("ASIA1", "STS has not answered yet")
    assert time.monotonic() - began < 20
    world.sts.waits.set()


def test_one_organization_does_not_take_the_room_of_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_MOST", 3)
    monkeypatch.setattr(hand_outs, "_MOST_REMEMBERED", 2)
    for number in range(3):
        world.broker.hand_out(Asked("acme", "prod", session_name=f"build-{number}"), ENTER)
    with pytest.raises(LeastwayError, match="holds 3 sessions of the organization, its limit"):
        world.broker.hand_out(Asked("acme", "prod", session_name="build-3"), ENTER)
    world.broker.hand_out(Asked("other", "theirs"), ENTER)
    assert len(world.broker._requests) <= 2
    world.clock.sleep(3601)
    world.broker.sessions.sweep()
    world.broker.hand_out(Asked("acme", "prod", session_name="build-3"), ENTER)


def test_what_expired_is_dropped_from_memory(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    slot = next(iter(world.broker.sessions._slots.values()))
    live = slot.live
    assert live is not None
    minutes(world, 61)
    world.broker.sessions.sweep()
    assert len(world.broker.sessions) == 0
    assert live.is_ended
    with pytest.raises(LeastwayError, match="the session has ended"):
        _ = live.keys
    assert "secret" not in repr(live)


def test_a_changed_account_is_seen_by_the_next_hand_out(world: World) -> None:
    world.broker.hand_out(PROD, ENTER)
    world.accounts.of["acme", "prod"] = AccountRoles("acme", "prod", AllowedRole(PREFIX + "humanitec-new"))
    with world.store.writing() as transaction:
        transaction.switches.raise_generation()
    assert world.broker.hand_out(PROD, ENTER).role == PREFIX + "humanitec-new"
    del world.accounts.of["acme", "prod"]
    with world.store.writing() as transaction:
        transaction.switches.raise_generation()
    with pytest.raises(UnknownAccountError):
        world.broker.hand_out(PROD, ENTER)


def test_a_token_for_a_cluster_is_signed_by_what_never_leaves(world: World) -> None:
    by_role = token(world, PROD)
    by_key = token(world, Asked("acme", "keyed"))
    assert by_role.token.reveal() == "k8s-aws-v1.ASIA1.prod.eu-west-1"
    assert by_key.token.reveal() == "k8s-aws-v1.AKIAEXAMPLE.prod.eu-west-1"
    assert by_role.expires == world.clock.now() + timedelta(minutes=14)
    assert [(one.action, one.target) for one in world.ledger.entries] == [("eks-token.handed-out", "prod")] * 2
    with world.store.reading() as transaction:
        (session,) = transaction.sessions.of("acme", transaction.now)
    assert session.handed_out_at is None


def test_a_switch_stops_tokens_for_clusters_too(world: World) -> None:
    world.switching.turn_on(Scope.ACCOUNT, organization="acme", target="keyed", reason="a leak", by="u1", enter=ENTER)
    with pytest.raises(StoppedError, match="stops account keyed"):
        token(world, Asked("acme", "keyed"))
    token(world, PROD)


def test_a_switch_stops_a_signer_that_was_made_before_it(world: World) -> None:
    generation = world.gate.generation
    sign = world.broker.eks_signer(PROD, ENTER, cluster="prod", region="eu-west-1", generation=generation)
    assert sign().token.reveal()
    world.switching.turn_on(Scope.ACCOUNT, organization="acme", target="prod", reason="a leak", by="u1", enter=ENTER)
    with pytest.raises(StoppedError, match="stops account prod"):
        sign()


def test_a_switch_for_what_a_token_is_used_for_stops_it_before_sts_is_asked(world: World) -> None:
    def signer() -> Callable[[], EksToken]:
        return world.broker.eks_signer(
            PROD,
            ENTER,
            cluster="prod",
            region="eu-west-1",
            generation=world.gate.generation,
            lineage=(Subject("acme", "prod", definition="a-cluster"),),
        )

    sign = signer()
    calls = len(world.sts.calls)
    minutes(world, 120)
    world.switching.turn_on(
        Scope.DEFINITION, organization="acme", target="a-cluster", reason="a leak", by="u1", enter=ENTER
    )
    for stopped in (sign, signer):
        with pytest.raises(StoppedError, match="stops definition a-cluster"):
            stopped()
    assert len(world.sts.calls) == calls


def test_a_token_is_not_signed_after_something_has_changed(world: World) -> None:
    with pytest.raises(StaleError):
        world.broker.eks_token(PROD, ENTER, cluster="prod", region="eu-west-1", generation=world.gate.generation + 1)
    assert world.ledger.entries == []


@pytest.mark.parametrize(
    ("asked", "role", "definition"),
    [
        (PROD, OWN.arn, None),
        (Asked("acme", "keyed"), None, None),
        (Asked("acme", "keyed", S3.arn), S3.arn, "s3-bucket"),
        (Asked("acme", "keyed", definition="s3-bucket"), S3.arn, "s3-bucket"),
    ],
)
def test_what_can_stop_a_session_or_a_key_is_known_before_it_is_used(
    world: World, asked: Asked, role: str | None, definition: str | None
) -> None:
    assert world.broker.lineage(asked, ENTER) == (Subject("acme", asked.account, role, definition),)


UNLISTED = PREFIX + "humanitec-unlisted"


def test_a_run_assumes_a_role_of_the_list_or_one_that_its_definition_names(world: World) -> None:
    listed = Asked("acme", "prod", S3.arn, fields=AssumeFields(is_named=False, external_id="asked"))
    unlisted = replace(listed, role=UNLISTED)
    named = replace(unlisted, fields=AssumeFields(is_named=True, external_id="asked"))
    assert world.broker.hand_out(listed, ENTER).role == S3.arn
    with pytest.raises(RoleNotAllowedError):
        world.broker.hand_out(unlisted, ENTER)
    assert world.broker.hand_out(named, ENTER).role == UNLISTED
    with pytest.raises(RoleNotAllowedError, match="does not begin with humanitec"):
        world.broker.hand_out(replace(named, role=PREFIX + "admin"), ENTER)
    assert {request.external_id for request, _ in world.sts.calls if request.role != OWN.arn} == {"asked"}


@pytest.mark.parametrize(
    ("role", "fields", "chain"),
    [
        (None, AssumeFields(is_named=False), [OWN.arn]),
        (OWN.arn, AssumeFields(is_named=False), [OWN.arn]),
        (S3.arn, AssumeFields(is_named=False), [S3.arn, OWN.arn]),
        (UNLISTED, AssumeFields(is_named=True), [UNLISTED, OWN.arn]),
        (UNLISTED, AssumeFields(is_named=True, replaces_own=True), [UNLISTED]),
        (
            UNLISTED,
            AssumeFields(is_named=True, via=Asked("acme", "prod", S3.arn, fields=AssumeFields(is_named=False))),
            [UNLISTED, S3.arn, OWN.arn],
        ),
    ],
)
def test_a_run_assumes_a_role_from_the_session_that_it_asks_with(
    world: World, role: str | None, fields: AssumeFields, chain: list[str]
) -> None:
    world.broker.hand_out(Asked("acme", "prod", role, fields=replace(fields, region="eu-west-3")), ENTER)
    request = world.sts.calls[-1][0]
    assert [each.role for each in request.lineage] == chain
    assert request.region == "eu-west-3"
    assert request.external_id == (OWN.external_id if role is None else None)
