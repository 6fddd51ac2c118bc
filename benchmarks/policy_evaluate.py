"""Policy decisions: leastway against the evaluators of ministack and moto, with parsed policies, on one core.

Goals: at least 3 times as fast as ministack with one statement, and 20 times with thirty statements of which one can
match. Requests are created beforehand, except in the lines that say "new request": there, creating one costs leastway
more than deciding it. In the lines with distinct callers, each of 250,000 requests is created for the measurement, with
a unique caller ARN and resource, so that no cache of callers or resources helps; ministack is given the caller's
account and kind.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable
from typing import Any

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate import CompiledPolicies, PolicySet, Request, compile_policies

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/bob"
OBJECT = "arn:aws:s3:::shop/orders/2026/1"
CONTEXT = {"aws:ResourceTag/team": "shop"}
NEW_REQUEST = "new request"
DISTINCT = 250_000
GOALS = {
    "1 statement": 3,
    "30 statements": 20,
    "distinct users": 3,
    "distinct roles, accounts": 3,
    "distinct sessions": 3,
}
CALLERS = {
    "distinct users": "arn:aws:iam::111122223333:user/team/user-{0}",
    "distinct roles, accounts": "arn:aws:iam::{1}:role/role-{0}",
    "distinct sessions": "arn:aws:sts::111122223333:assumed-role/app/session-{0}",
}
KINDS = {"distinct users": "User", "distinct roles, accounts": "AssumedRole", "distinct sessions": "AssumedRole"}

Decide = Callable[[], object]


def main() -> None:
    """Print decisions per second and ratios for each shape of policy."""
    peers = {"ministack": _ministack, "moto": _moto}
    print(f"{'':<28}{'leastway':>14}" + "".join(f"{name:>14}{'ratio':>8}" for name in peers))
    missing: dict[str, str] = {}
    for shape, document in _shapes().items():
        new_request = shape.endswith(NEW_REQUEST)
        mine = _rate(_leastway(document, new_request=new_request))
        line = f"{shape:<28}{mine:>12,.0f}/s"
        for name, peer in peers.items():
            try:
                theirs = _rate(peer(document, new_request=new_request))
            except ImportError as error:
                missing[name] = str(error)
                line += f"{'skipped':>14}{'':>8}"
                continue
            line += f"{theirs:>12,.0f}/s{mine / theirs:>7.1f}x"
        goal = GOALS.get(shape)
        print(line + (f"   (goal: {goal}x ministack)" if goal else ""))
    _print_distinct(missing)
    for name, reason in missing.items():
        print(f"{name} is skipped: {reason}")
    thirty = _shapes()["30 statements"]
    print(f"compiling 30 statements     {_rate(lambda: _compiled(thirty)):>12,.0f}/s")


def _print_distinct(missing: dict[str, str]) -> None:
    """Print the same for requests with distinct callers and resources."""
    document = _shapes()["1 statement, StringEquals"]
    resources = [f"{OBJECT}-{number}" for number in range(DISTINCT)]
    for shape, pattern in CALLERS.items():
        callers = [pattern.format(number, 100_000_000_000 + number) for number in range(DISTINCT)]
        mine = _rate_of_all(_leastway_for(document), callers, resources)
        line = f"{shape:<28}{mine:>12,.0f}/s"
        if "ministack" not in missing:
            theirs = _rate_of_all(_ministack_for(document, KINDS[shape]), callers, resources)
            line += f"{theirs:>12,.0f}/s{mine / theirs:>7.1f}x"
        print(f"{line}{'':>22}   (goal: {GOALS[shape]}x ministack)")


def _rate_of_all(decide: Callable[[str, str], object], callers: list[str], resources: list[str]) -> float:
    """Return calls per second over all callers, the best of three rounds."""
    times = []
    for _ in range(3):
        started = time.process_time()
        for caller, resource in zip(callers, resources, strict=True):
            decide(caller, resource)
        times.append(time.process_time() - started)
    return len(callers) / min(times)


def _shapes() -> dict[str, dict[str, Any]]:
    target = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:List*"], "Resource": "arn:aws:s3:::shop/*"}
    others = [
        {
            "Effect": "Deny" if number % 3 == 0 else "Allow",
            "Action": [f"service{number}:Get*", f"service{number}:Put*"],
            "Resource": f"arn:aws:service{number}:*:{ACCOUNT}:thing/*",
        }
        for number in range(29)
    ]
    tagged = {**target, "Condition": {"StringEquals": {"aws:ResourceTag/team": "shop"}}}
    liked = {**target, "Condition": {"StringLike": {"aws:ResourceTag/team": ["sh*p", "s?op"]}}}
    return {
        name: {"Version": "2012-10-17", "Statement": statements}
        for name, statements in {
            "1 statement": [target],
            "1 statement, StringEquals": [tagged],
            "1 statement, StringLike": [liked],
            f"1 statement, {NEW_REQUEST}": [tagged],
            "30 statements": [*others, target],
            "30 statements, StringEquals": [*others, tagged],
            f"30 statements, {NEW_REQUEST}": [*others, tagged],
        }.items()
    }


def _rate(decide: Decide, *, seconds: float = 0.3, rounds: int = 3) -> float:
    """Return calls per second, the best of some rounds: other load on the machine can only slow a round down."""
    decide()
    calls = 1
    while _time(decide, calls) < seconds / 10:
        calls *= 4
    calls *= 10
    return max(calls / _time(decide, calls) for _ in range(rounds))


def _time(decide: Decide, calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        decide()
    return time.process_time() - started


def _request() -> Request:
    return Request(USER, "s3:GetObject", OBJECT, context=CONTEXT)


def _compiled(document: dict[str, Any]) -> CompiledPolicies:
    return compile_policies(PolicySet(identity=(parse_policy(document, kind=PolicyKind.IDENTITY),)))


def _leastway(document: dict[str, Any], *, new_request: bool) -> Decide:
    decide, request = _compiled(document).decide, _request()
    assert decide(request).allowed
    return (lambda: decide(_request())) if new_request else (lambda: decide(request))


def _ministack(document: dict[str, Any], *, new_request: bool) -> Decide:
    peer = importlib.import_module("ministack.core.iam_evaluator")
    tags = {key.lower(): value for key, value in CONTEXT.items()}

    def ask() -> Any:
        return peer.EvalContext(
            USER, "User", ACCOUNT, "s3:GetObject", OBJECT, "eu-central-1", "203.0.113.7", True, service_context=tags
        )

    evaluate, parsed, asked = peer.evaluate, [peer.parse_policy_document(document)], ask()
    assert evaluate(asked, parsed).decision == "Allow"
    return (lambda: evaluate(ask(), parsed)) if new_request else (lambda: evaluate(asked, parsed))


def _leastway_for(document: dict[str, Any]) -> Callable[[str, str], object]:
    decide = _compiled(document).decide
    assert decide(_request()).allowed
    return lambda caller, resource: decide(Request(caller, "s3:GetObject", resource, context=CONTEXT))


def _ministack_for(document: dict[str, Any], kind: str) -> Callable[[str, str], object]:
    peer = importlib.import_module("ministack.core.iam_evaluator")
    tags = {key.lower(): value for key, value in CONTEXT.items()}
    asked, evaluate, parsed = peer.EvalContext, peer.evaluate, [peer.parse_policy_document(document)]
    return lambda caller, resource: evaluate(
        asked(
            caller, kind, ACCOUNT, "s3:GetObject", resource, "eu-central-1", "203.0.113.7", True, service_context=tags
        ),
        parsed,
    )


def _moto(document: dict[str, Any], *, new_request: bool) -> Decide:
    """Return moto's decision; moto ignores conditions, so with conditions it does less work than the others."""
    del new_request
    peer = importlib.import_module("moto.iam.access_control")
    policy = peer.IAMPolicy(json.dumps(document))
    allowed = policy.is_action_permitted("s3:GetObject", resource=OBJECT)
    assert allowed == peer.PermissionResult.PERMITTED
    return lambda: policy.is_action_permitted("s3:GetObject", resource=OBJECT)


if __name__ == "__main__":
    main()
