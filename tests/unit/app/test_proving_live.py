"""Proofs of what was found alive: what was attached by hand, what nobody reads, and what is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from leastway.app.proving import Claim, Standing, standing
from leastway.estate import Place, Unreadable, User
from leastway.grant import Grant, TerraformRole
from leastway.grant import ManagedPolicy as AwsPolicy
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.primitives import Arn
from tests.unit.app.test_proving import ANYTHING, ROLE_GRANT, USER_GRANT, changed, document, proof_of, prove
from tests.unit.compiler.conftest import ACCOUNT, EXTERNAL_IDS, grant_of

ADMINISTRATOR = Arn.parse("arn:aws:iam::aws:policy/AdministratorAccess")


def alive(grant: Grant, change: Callable[[Any], Any] = lambda one: one, *, unreadable: str = "") -> Standing:
    made = standing(grant, EXTERNAL_IDS)
    objects = tuple(change(one) for one in made.objects if one.address.name != unreadable)
    gone = tuple(Unreadable(one.address, "access denied") for one in made.objects if one.address.name == unreadable)
    return Standing(objects, gone, live=True)


def test_the_boundary_holds_what_is_attached_to_a_live_user_by_hand() -> None:
    def attach(one: Any) -> Any:
        if not isinstance(one, User):
            return one
        inline = (("by-hand", document(ANYTHING)),)
        return replace(one, policies=one.policies | {str(ADMINISTRATOR)}, inline=inline)

    proofs = prove(USER_GRANT, alive(USER_GRANT, attach))
    assert {type(proof.verdict) for proof in proofs} == {Proved}
    assert str(ADMINISTRATOR) in proof_of(proofs, Claim.RIGHTS, "humanitec").unread


def test_a_policy_that_nobody_reads_is_unknown_on_a_role() -> None:
    def attach(one: Any) -> Any:
        return replace(one, policies=frozenset({str(ADMINISTRATOR)})) if one.address.name == "humanitec-s3" else one

    proofs = prove(ROLE_GRANT, alive(ROLE_GRANT, attach))
    for claim in (Claim.RIGHTS, Claim.WIDENING):
        verdict = proof_of(proofs, claim, "humanitec-s3").verdict
        assert isinstance(verdict, Unknown)
        assert str(ADMINISTRATOR) in verdict.reason


def test_a_policy_of_aws_that_the_grant_names_is_within_it_and_otherwise_unknown() -> None:
    grant = grant_of(roles=(TerraformRole(name="humanitec-s3", policies=(AwsPolicy(ADMINISTRATOR),)),))
    proofs = prove(grant)
    assert isinstance(proof_of(proofs, Claim.RIGHTS, "humanitec-s3").verdict, Proved)
    for claim in (Claim.WIDENING, Claim.NEEDS):
        assert isinstance(proof_of(proofs, claim, "humanitec-s3").verdict, Unknown)
    found = changed(
        grant, "humanitec-s3", lambda role: replace(role, inline=())
    )  # without the address Deny it would work from anywhere
    assert isinstance(proof_of(prove(grant, found), Claim.RIGHTS, "humanitec-s3").verdict, Unknown)


def test_what_could_not_be_read_is_unknown_and_what_is_not_there_is_refuted() -> None:
    unread = proof_of(prove(ROLE_GRANT, alive(ROLE_GRANT, unreadable="humanitec-s3")), Claim.RIGHTS, "humanitec-s3")
    assert isinstance(unread.verdict, Unknown)
    assert "access denied" in unread.verdict.reason
    nothing = prove(ROLE_GRANT, Standing((), live=True))
    assert {(proof.claim, type(proof.verdict)) for proof in nothing} == {(Claim.NEEDS, Refuted)}
    closed = prove(ROLE_GRANT, Standing((), (Unreadable(Place(ACCOUNT), "no way in"),), live=True))
    assert {type(proof.verdict) for proof in closed} == {Unknown}
