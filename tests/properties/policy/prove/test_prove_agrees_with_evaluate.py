import os
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import PolicySet, Request, compile_policies
from leastway.policy.prove import Proved, Refuted, Unknown, compare
from leastway.policy.requests import realistic_request
from tests.properties.policy import reference
from tests.properties.policy.prove.worlds import (
    ACCOUNT,
    CALLER,
    CALLERS,
    is_meant,
    is_possible,
    large_pairs,
    pairs,
    pairs_with_resource_policies,
    request,
)
from tests.properties.policy.strategies import Json

TIMEOUT = 3.0
"""Seconds for one verdict. Those of these strategies take under one; a search without an answer uses all of it, and its
`Unknown` shows nothing. A soak run gives it more."""
SETTINGS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
WILLING = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}}
CATALOG = load_catalog()
KNOWN_CALLERS = [caller for caller in CALLERS if caller.startswith("arn:")]
SAID_OF_CALLER = (
    "aws:principalarn",
    "aws:username",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalservicename",
)


def read(world: Json) -> PolicySet:
    def several(documents: list[Json], kind: PolicyKind) -> tuple[Any, ...]:
        return tuple(parse_policy(document, kind=kind, objections=[]) for document in documents)

    return PolicySet(
        identity=several(world["identity"], PolicyKind.IDENTITY),
        resource=parse_policy(world["resource"], kind=PolicyKind.RESOURCE, objections=[])
        if "resource" in world
        else None,
        boundary=several(world.get("boundary", []), PolicyKind.BOUNDARY),
        session=several(world.get("session", []), PolicyKind.SESSION),
        scps=tuple(several(level, PolicyKind.SCP) for level in world.get("scps", [])),
        rcps=tuple(several(level, PolicyKind.RCP) for level in world.get("rcps", [])),
    )


def check(
    new: Json, old: Json, random: Random, times: int, caller: str | None = None, timeout: float = TIMEOUT
) -> None:
    """Compare, and check the verdict: a proof with drawn requests, a refutation with its counterexample."""
    verdict = compare(read(new), read(old), catalog=CATALOG, timeout=timeout, caller=caller, resource_account=ACCOUNT)
    event(type(verdict).__name__)
    is_about_callers = caller is not None or "resource" in new or "resource" in old
    callers: tuple[str, ...] = (caller,) if caller else CALLERS if is_about_callers else (CALLER,)
    if "resource" not in new and "resource" not in old:
        account = CALLER if caller is None else caller
        willing = {"Statement": {**WILLING["Statement"], "Principal": {"AWS": account.split(":")[4]}}}
        new, old = {**new, "resource": willing}, {**old, "resource": willing}
    match verdict:
        case Proved():
            one, other = compile_policies(read(new)), compile_policies(read(old))
            for _ in range(times):
                drawn = request(random)
                asked = by_caller(drawn, random.choice(callers)) if is_about_callers else Request(**drawn)
                separates = one.decide(asked).allowed and not other.decide(asked).allowed
                assert not (separates and is_possible(drawn, CATALOG) and is_meant(drawn, new, old)), asked
        case Refuted(counterexample=counterexample):
            assert counterexample is not None
            shown = counterexample.as_json()
            written = {**shown, "caller": shown["principal"], "context": shown["context_keys"]}
            assert is_possible(written, CATALOG), shown
            if is_about_callers:
                assert is_true_of_caller(shown), shown
            if "/aws-service-role/" not in str(
                shown["principal"]
            ):  # the reference supports only sessions of these roles
                assert reference.decide(new, written) == "Allowed", shown
                assert reference.decide(old, written) != "Allowed", shown
        case Unknown(reason=reason):
            assert any(
                known in reason
                for known in (
                    "compared in too many ways",
                    "does not confirm",
                    "no answer",
                    "AWS documents no resource",
                    "does not know the type of resource",
                )
            )


def by_caller(drawn: Json, caller: str) -> Request:
    """Return the request with the context keys that AWS sets for its caller, and no others about the caller."""
    context = {key: value for key, value in drawn["context"].items() if key.lower() not in SAID_OF_CALLER}
    return realistic_request(
        caller, drawn["action"], drawn["resource"], resource_account=ACCOUNT, context=context, catalog=CATALOG
    )


def is_true_of_caller(shown: Json) -> bool:
    """Whether the keys about the caller have the values that AWS sets; for a user or role some may be missing."""
    said = realistic_request(shown["principal"], "s3:GetObject", catalog=CATALOG).context
    sent = {key.lower(): value for key, value in shown["context_keys"].items()}
    tied = ("aws:principalarn", "aws:principalaccount", "aws:principalservicename")
    return all(sent[key] == said.get(key) for key in tied if key in sent)


@settings(max_examples=150, **SETTINGS)
@given(pairs(), st.integers(0, 2**32))
def test_a_proof_holds_for_every_request_and_a_counterexample_replays(pair: tuple[Json, Json], seed: int) -> None:
    check(*pair, Random(seed), 100)


@settings(max_examples=60, **SETTINGS)
@given(large_pairs(), st.integers(0, 2**32))
def test_a_proof_of_many_statements_holds_for_every_request(pair: tuple[Json, Json], seed: int) -> None:
    check(*pair, Random(seed), 200)


@settings(max_examples=50, **SETTINGS)
@given(pairs_with_resource_policies(), st.integers(0, 2**32))
def test_a_proof_of_resource_policies_holds_for_every_caller(pair: tuple[Json, Json], seed: int) -> None:
    check(*pair, Random(seed), 200)


@settings(max_examples=50, **SETTINGS)
@given(st.one_of(pairs(), pairs_with_resource_policies()), st.sampled_from(KNOWN_CALLERS), st.integers(0, 2**32))
def test_a_proof_for_one_caller_holds_for_its_requests(pair: tuple[Json, Json], caller: str, seed: int) -> None:
    check(*pair, Random(seed), 200, caller)


@pytest.mark.soak
@settings(max_examples=int(os.environ.get("SOAK_EXAMPLES", "50000")), **SETTINGS)
@given(
    st.one_of(pairs(), large_pairs(), pairs_with_resource_policies()),
    st.sampled_from((None, None, *KNOWN_CALLERS)),
    st.integers(0, 2**32),
)
def test_proofs_and_counterexamples_hold_in_a_soak_run(pair: tuple[Json, Json], caller: str | None, seed: int) -> None:
    check(*pair, Random(seed), 1000, caller, timeout=10)
