from __future__ import annotations

import os
from dataclasses import replace

import pytest

from leastway.app.apply import apply_plan
from leastway.app.embedded import embedded_environment
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.prove import prove_compiled
from leastway.app.rehearse import Rehearsal
from leastway.app.restore import plan_restore, restore
from leastway.app.revocation_plan import plan_revocation
from leastway.app.revoke import revoke
from leastway.policy.prove import Refuted, Unknown
from leastway.ports import PlatformStep
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
    wrong = (replace(answer, got=ProbeAnswer(opposite)), *others)
    uncertain = (replace(answer, got=ProbeAnswer(ProbeVerdict.UNKNOWN)), *others)
    refuted = replace(proof, verdict=Refuted(proof.verdict.basis))
    step = PlatformStep("a run makes a bucket", False, "access denied")
    left = replace(done.offboarded, applied=failed(done.offboarded.applied))
    for stage, failing in (
        ("apply", replace(done, applied=failed(done.applied))),
        ("verify", replace(done, answers=wrong)),
        ("verify", replace(done, answers=uncertain)),
        ("verify", replace(done, answers=())),
        ("prove", with_first(done, refuted)),
        ("plan again", replace(done, again=done.plan)),
        ("revoke", replace(done, revoked=replace(done.revoked, tried=()))),
        ("restore", replace(done, restored=replace(done.restored, unconfirmed="not visible yet"))),
        ("restore", replace(done, answers_again=wrong)),
        ("the platform's server", replace(done, platform=(step,))),
        ("offboard", replace(done, offboarded=left)),
    ):
        assert failing.failed_stages == (stage,)
        assert not failing.passed


def test_real_profiles_and_keys_are_hidden_in_a_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with embedded_environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}):
        assert {name for name in os.environ if name.startswith("AWS_")} == {"AWS_ENDPOINT_URL"}
    assert {name for name in os.environ if name.startswith("AWS_")} == {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"}
