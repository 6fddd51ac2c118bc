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
from tests.properties.policy import reference
from tests.properties.policy.prove.worlds import ACCOUNT, is_possible, pairs, request
from tests.properties.policy.strategies import Json

SETTINGS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
WILLING = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}}
CATALOG = load_catalog()


def read(world: Json) -> PolicySet:
    def several(documents: list[Json], kind: PolicyKind) -> tuple[Any, ...]:
        return tuple(parse_policy(document, kind=kind) for document in documents)

    return PolicySet(
        identity=several(world["identity"], PolicyKind.IDENTITY),
        resource=parse_policy(world["resource"], kind=PolicyKind.RESOURCE) if "resource" in world else None,
        boundary=several(world.get("boundary", []), PolicyKind.BOUNDARY),
        session=several(world.get("session", []), PolicyKind.SESSION),
        scps=tuple(several(level, PolicyKind.SCP) for level in world.get("scps", [])),
    )


def check(new: Json, old: Json, random: Random, times: int) -> None:
    """Prove, and hold the verdict against requests: a proof against those that were drawn, else its own."""
    verdict = compare(read(new), read(old), catalog=CATALOG, timeout=10)
    event(type(verdict).__name__)
    new, old = {**new, "resource": WILLING}, {**old, "resource": WILLING}
    match verdict:
        case Proved():
            one, other = compile_policies(read(new)), compile_policies(read(old))
            for _ in range(times):
                drawn = request(random)
                asked = Request(**drawn)
                separates = one.decide(asked).allowed and not other.decide(asked).allowed
                assert not (separates and is_possible(drawn, CATALOG)), drawn
        case Refuted(counterexample=counterexample):
            assert counterexample is not None
            shown = counterexample.as_json()
            written = {**shown, "caller": shown["principal"], "context": shown["context_keys"]}
            assert is_possible(written, CATALOG), shown
            assert reference.decide(new, written) == "Allowed", shown
            assert reference.decide(old, written) != "Allowed", shown
        case Unknown(reason=reason):
            assert "compared in more ways" in reason or "does not confirm" in reason or "no answer" in reason


@settings(max_examples=150, **SETTINGS)
@given(pairs(), st.integers(0, 2**32))
def test_a_proof_holds_for_every_request_and_a_counterexample_replays(pair: tuple[Json, Json], seed: int) -> None:
    check(*pair, Random(seed), 100)


@pytest.mark.soak
@settings(max_examples=int(os.environ.get("SOAK_EXAMPLES", "50000")), **SETTINGS)
@given(pairs(), st.integers(0, 2**32))
def test_proofs_and_counterexamples_hold_for_long(pair: tuple[Json, Json], seed: int) -> None:
    check(*pair, Random(seed), 1000)
