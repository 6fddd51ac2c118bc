from __future__ import annotations

import os
from dataclasses import replace

import pytest

from leastway.app import rehearse as rehearsing
from leastway.app.apply import apply_plan
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.prove import prove_compiled
from leastway.app.rehearse import Rehearsal
from leastway.app.restore import plan_restore, restore
from leastway.app.revocation_plan import plan_revocation
from leastway.app.revoke import revoke
from leastway.policy.prove import Refuted, Unknown
from leastway.ports.memory import MemorySites
from leastway.proof import Proof
from leastway.reconcile import Applied, Outcome
from leastway.verify import ProbeAnswer, ProbeVerdict, Verified, probes
from tests.unit.app.test_revoke import Platform


@pytest.fixture
def done(open_grant: OpenGrant, sites: MemorySites) -> Rehearsal:
    """A rehearsal in which every stage succeeded."""
    planned = make_plan(open_grant)
    applied = apply_plan(open_grant, planned)
    answers = tuple(Verified(probe, ProbeAnswer(probe.expected)) for probe in probes(open_grant.grant))
    again = make_plan(open_grant).plan
    revoked = revoke(open_grant, plan_revocation(open_grant), Platform(sites))
    restored = restore(open_grant, plan_restore(open_grant))
    proofs = prove_compiled(open_grant)
    removed = offboard(open_grant, plan_offboarding(open_grant))
    return Rehearsal("", planned.plan, (), applied, answers, proofs, again, revoked, restored, answers, removed, 1.0)


def failed(applied: Applied) -> Applied:
    (first, *others) = applied.results
    return Applied((replace(first, outcome=Outcome.FAILED, reason="access denied"), *others))


def with_first(done: Rehearsal, proof: Proof) -> Rehearsal:
    return replace(done, proofs=(proof, *done.proofs[1:]))


def test_a_rehearsal_passes_when_every_stage_succeeds(done: Rehearsal) -> None:
    assert done.passed


def test_an_unknown_claim_does_not_fail_a_rehearsal(done: Rehearsal) -> None:
    (first, *_) = done.proofs
    assert with_first(done, replace(first, verdict=Unknown(first.verdict.basis, "not read"))).passed


def test_a_rehearsal_fails_when_one_stage_fails(done: Rehearsal) -> None:
    (proof, *_), (answer, *others) = done.proofs, done.answers
    opposite = ProbeVerdict.DENIED if answer.probe.expected is ProbeVerdict.ALLOWED else ProbeVerdict.ALLOWED
    assert not replace(done, applied=failed(done.applied)).passed
    for got in (opposite, ProbeVerdict.UNKNOWN):
        assert not replace(done, answers=(replace(answer, got=ProbeAnswer(got)), *others)).passed
    assert not replace(done, answers=()).passed
    assert not with_first(done, replace(proof, verdict=Refuted(proof.verdict.basis))).passed
    assert not replace(done, again=done.plan).passed
    assert not replace(done, revoked=replace(done.revoked, tried=())).passed
    assert not replace(done, restored=replace(done.restored, unconfirmed="not visible yet")).passed
    assert not replace(done, answers_again=(replace(answer, got=ProbeAnswer(opposite)), *others)).passed
    assert not replace(done, offboarded=replace(done.offboarded, applied=failed(done.offboarded.applied))).passed


def test_real_profiles_and_keys_are_hidden_in_a_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with rehearsing.embedded_environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}):
        assert {name for name in os.environ if name.startswith("AWS_")} == {"AWS_ENDPOINT_URL"}
    assert {name for name in os.environ if name.startswith("AWS_")} == {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"}
