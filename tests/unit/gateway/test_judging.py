"""The judgement of one request: which keys are judged as which role, what is entered, and what stops between."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.aws.calls import Call, CallAnswer, RefusalReason, RefusedCall, WireRequest, name_call, sign
from leastway.gateway import CallEntry, CredentialsMode, Decision, MemoryAuthority, judging
from leastway.gateway.judging import Forwarded, Judge, Local, Refused
from leastway.gateway.surrogates import Surrogate
from leastway.gateway.switch import RunSwitch
from leastway.ports import CallerIdentity, IssuedSession
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, KEYS, caught, now
from tests.unit.gateway.terms import LATER, terms

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
EXPRESS = "shop--euc1-az1--x-s3"
USER = CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/platform", "AIDAPLATFORM")


class Run:
    """A judge, and what it asks. The verdicts keep the role that each call is judged with."""

    def __init__(self, **changes: Any) -> None:
        self.authority = MemoryAuthority(lambda _ask: IssuedSession(KEYS, LATER), USER)
        self.switch = RunSwitch()
        self.roles: list[str | None] = []
        self.judge = Judge(terms(aws_account=ACCOUNT, **changes), self.authority, self.switch, HOSTS, self)

    def decide(self, _call: Call, role: str | None, /) -> tuple[Decision, str]:
        self.roles.append(role)
        return Decision.ALLOWED, ""

    def signed(
        self, service: str, operation: str, parameters: dict[str, Any], surrogate: Surrogate | None = None
    ) -> WireRequest:
        """Return a call that is signed with a surrogate, the first one of the run if none is given."""
        call = name_call(caught(service, operation, parameters), HOSTS)
        assert isinstance(call, Call), call
        return sign(call, (surrogate or self.judge.surrogates.first).keys, now())

    def ask(self, *asked: Any) -> Forwarded | Local | Refused:
        return self.judge.judge(self.signed(*asked))

    def decisions(self) -> list[tuple[str, Decision, str | None]]:
        return [(each.operation, each.decision, each.role) for each in self.authority.entries]


def _sent(judged: object) -> WireRequest:
    assert isinstance(judged, Forwarded), judged
    assert judged.withheld() is None
    return judged.request


def test_a_call_is_judged_with_the_role_of_the_session_that_makes_it() -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    run = Run(role=ROLE)
    _sent(run.ask("sqs", "ListQueues", {}))
    assert isinstance(run.ask("sts", "AssumeRole", {"RoleArn": other, "RoleSessionName": "run"}), Local)
    made = next(each for each in run.judge.surrogates._known.values() if each.role == other)
    _sent(run.ask("sqs", "ListQueues", {}, made))
    assert run.roles == [ROLE, ROLE, other]
    assert run.decisions() == [
        ("ListQueues", Decision.ALLOWED, ROLE),
        ("AssumeRole", Decision.ALLOWED, ROLE),
        ("ListQueues", Decision.ALLOWED, other),
    ]


def test_a_call_of_a_users_key_is_judged_without_a_role() -> None:
    run = Run()
    assert isinstance(run.ask("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "run"}), Local)
    assert isinstance(run.ask("sts", "GetCallerIdentity", {}), Local)
    assert run.roles == [None]
    assert run.decisions() == [("AssumeRole", Decision.ALLOWED, None), ("GetCallerIdentity", Decision.ALLOWED, None)]


def test_a_run_that_is_killed_while_an_entry_is_committed_sends_nothing() -> None:
    run = Run(role=ROLE)
    judged = run.ask("sqs", "ListQueues", {})
    assert isinstance(judged, Forwarded)
    run.switch.killed("an owner stopped it")
    refused = judged.withheld()
    assert refused is not None
    assert "an owner stopped it" in refused.message
    assert run.decisions() == [("ListQueues", Decision.ALLOWED, ROLE), ("ListQueues", Decision.REFUSED, ROLE)]


def test_a_body_that_was_not_read_leaves_the_operation_unverified() -> None:
    run = Run(role=ROLE)
    unread = RefusedCall(RefusalReason.BODY, "it is not read", "sqs", "ListQueues")
    refused = run.judge.judge(run.signed("sqs", "ListQueues", {}), unread)
    assert isinstance(refused, Refused)
    (entry,) = run.authority.entries
    assert (entry.operation, entry.is_verified, entry.role) == ("ListQueues", False, None)


def test_refusals_are_recorded_up_to_a_limit_and_refused_beyond_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_MOST_RECORDED", 2)
    run = Run()
    for _ in range(4):
        assert isinstance(run.ask("sqs", "ListQueues", {}), Refused)
    assert run.decisions() == [("ListQueues", Decision.REFUSED, None)] * 2


@pytest.mark.parametrize("field", [{"SessionMode": "Administer"}, {"ServerSideEncryption": "AES256"}])
def test_a_session_of_a_bucket_in_an_unknown_form_is_refused(field: dict[str, str]) -> None:
    run = Run(role=ROLE)
    assert isinstance(run.ask("s3", "CreateSession", {"Bucket": EXPRESS, **field}), Refused)
    assert run.decisions() == [("CreateSession", Decision.REFUSED, ROLE)]


def test_a_run_with_injected_credentials_gets_no_session_of_a_bucket() -> None:
    run = Run(role=ROLE, mode=CredentialsMode.INJECTED)
    assert isinstance(run.ask("s3", "CreateSession", {"Bucket": EXPRESS}), Refused)
    assert run.decisions() == [("CreateSession", Decision.REFUSED, ROLE)]


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("AssumeRole", ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "run"})),
        ("CreateSession", ("s3", "CreateSession", {"Bucket": EXPRESS})),
    ],
)
def test_a_session_that_is_entered_while_the_run_is_killed_is_not_given_out(
    operation: str, asked: tuple[str, str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(role=ROLE)
    enter = run.authority.enter

    def killed_meanwhile(entry: CallEntry) -> None:
        enter(entry)
        run.switch.killed("an owner stopped it")

    monkeypatch.setattr(run.authority, "enter", killed_meanwhile)
    assert isinstance(run.ask(*asked), Refused)
    assert [each[:2] for each in run.decisions()] == [(operation, Decision.ALLOWED), (operation, Decision.REFUSED)]


def test_an_answer_with_data_that_may_be_secret_is_passed() -> None:
    run = Run(role=ROLE)
    request = run.signed("secretsmanager", "GetSecretValue", {"SecretId": "own"})
    call = name_call(request, HOSTS)
    assert isinstance(call, Call)
    assert call.answer is CallAnswer.DATA
    _sent(run.judge.judge(request))
