"""Proofs of installed objects: attached by hand, unreadable, or missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from leastway.estate import Group, OtherAccess, Place, Role, TrustingRole, Unreadable, User
from leastway.grant import AwsManagedPolicy, Grant, TerraformRole
from leastway.policy import Document, PolicyKind
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.primitives import Arn
from leastway.proof import Claim, Proof, Standing
from tests.unit.compiler.conftest import ACCOUNT, grant_of
from tests.unit.proof.standings import standing
from tests.unit.proof.test_proving import ANYTHING, ROLE_GRANT, USER_GRANT, changed, document, proof_of, prove

ADMINISTRATOR = Arn.parse("arn:aws:iam::aws:policy/AdministratorAccess")


def installed(
    grant: Grant,
    change: Callable[[Any], Any] = lambda one: one,
    *,
    unreadable: str = "",
    other_access: OtherAccess | None = None,
) -> Standing:
    made = standing(grant)
    objects = tuple(change(one) for one in made.objects if one.address.name != unreadable)
    gone = tuple(Unreadable(one.address, "access denied") for one in made.objects if one.address.name == unreadable)
    return Standing(objects, gone, live=True, other_access=other_access or OtherAccess())


def test_the_boundary_limits_policies_attached_to_a_live_user_by_hand() -> None:
    def attach(one: Any) -> Any:
        if not isinstance(one, User):
            return one
        inline = (("by-hand", document(ANYTHING)),)
        return replace(one, policies=one.policies | {str(ADMINISTRATOR)}, inline=inline)

    proofs = prove(USER_GRANT, installed(USER_GRANT, attach))
    assert {type(proof.verdict) for proof in proofs} == {Proved}
    assert str(ADMINISTRATOR) in proof_of(proofs, Claim.RIGHTS, "humanitec").unread


def test_an_unread_policy_on_a_role_makes_rights_unknown() -> None:
    def attach(one: Any) -> Any:
        return replace(one, policies=frozenset({str(ADMINISTRATOR)})) if one.address.name == "humanitec-s3" else one

    proofs = prove(ROLE_GRANT, installed(ROLE_GRANT, attach))
    for claim in (Claim.RIGHTS, Claim.WIDENING):
        verdict = proof_of(proofs, claim, "humanitec-s3").verdict
        assert isinstance(verdict, Unknown)
        assert str(ADMINISTRATOR) in verdict.reason


def test_a_need_that_only_an_unread_policy_can_meet_is_unknown_unless_another_denies_it() -> None:
    denied = document({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
    for inline, verdict in ((), Unknown), ((("denied", denied),), Refuted):

        def moved(one: Any, inline: Any = inline) -> Any:
            if one.address.name != "humanitec-s3":
                return one
            return replace(one, inline=inline, policies=frozenset({str(ADMINISTRATOR)}))

        needs = proof_of(prove(ROLE_GRANT, installed(ROLE_GRANT, moved)), Claim.NEEDS, "humanitec-s3").verdict
        assert isinstance(needs, verdict)
        assert not isinstance(needs, Unknown) or str(ADMINISTRATOR) in needs.reason


def test_an_unread_aws_managed_policy_is_within_the_grant_that_names_it_and_otherwise_unknown() -> None:
    grant = grant_of(roles=(TerraformRole(name="humanitec-s3", policies=(AwsManagedPolicy(ADMINISTRATOR),)),))
    proofs = prove(grant)
    assert isinstance(proof_of(proofs, Claim.RIGHTS, "humanitec-s3").verdict, Proved)
    for claim in (Claim.WIDENING, Claim.NEEDS):
        assert isinstance(proof_of(proofs, claim, "humanitec-s3").verdict, Unknown)
    found = changed(
        grant, "humanitec-s3", lambda role: replace(role, inline=())
    )  # without the address Deny it would work from any address
    assert isinstance(proof_of(prove(grant, found), Claim.RIGHTS, "humanitec-s3").verdict, Unknown)


def test_what_an_unread_policy_of_the_grant_denies_is_unknown_where_it_is_not_attached() -> None:
    other = Arn.parse("arn:aws:iam::aws:policy/ReadOnlyAccess")
    policies = (AwsManagedPolicy(ADMINISTRATOR), AwsManagedPolicy(other))
    grant = grant_of(roles=(TerraformRole(name="humanitec-s3", policies=policies),))
    rights = proof_of(prove(grant, installed(grant)), Claim.RIGHTS, "humanitec-s3").verdict
    assert isinstance(rights, Proved)
    one_alone = frozenset({str(ADMINISTRATOR)})
    found = installed(
        grant, lambda one: replace(one, policies=one_alone) if one.address.name == "humanitec-s3" else one
    )
    rights = proof_of(prove(grant, found), Claim.RIGHTS, "humanitec-s3").verdict
    assert isinstance(rights, Unknown)
    assert rights.reason == f"{other} is not attached, and what it denies is unknown"


def test_a_boundary_of_a_user_that_was_not_read_is_unknown_and_one_that_is_missing_is_refuted() -> None:
    for boundary, verdict in ((f"arn:aws:iam::{ACCOUNT}:policy/corp", Unknown), ("", Refuted)):

        def change(one: Any, boundary: str = boundary) -> Any:
            return replace(one, boundary=boundary) if isinstance(one, User) else one

        found = installed(USER_GRANT, change)
        assert isinstance(proof_of(prove(USER_GRANT, found), Claim.BOUNDARY, "humanitec").verdict, verdict)


def test_an_unreadable_role_is_unknown_and_a_missing_one_is_refuted() -> None:
    unread = proof_of(prove(ROLE_GRANT, installed(ROLE_GRANT, unreadable="humanitec-s3")), Claim.RIGHTS, "humanitec-s3")
    assert isinstance(unread.verdict, Unknown)
    assert "access denied" in unread.verdict.reason
    nothing = prove(ROLE_GRANT, Standing((), live=True))
    assert {(proof.claim, type(proof.verdict)) for proof in nothing} == {(Claim.NEEDS, Refuted)}
    closed = prove(ROLE_GRANT, Standing((), (Unreadable(Place(ACCOUNT), "no way in"),), live=True))
    assert {type(proof.verdict) for proof in closed} == {Unknown}


def attached(name: str, *arns: str) -> Callable[[Any], Any]:
    return lambda one: replace(one, policies=one.policies | {*arns}) if one.address.name == name else one


def bounded(name: str, arn: str) -> Callable[[Any], Any]:
    return lambda one: replace(one, boundary=arn) if one.address.name == name and isinstance(one, Role) else one


def verdicts_of(proofs: tuple[Proof, ...], name: str) -> dict[Claim, type]:
    return {proof.claim: type(proof.verdict) for proof in proofs if proof.subject.endswith(f"/{name}")}


def test_an_attached_policy_that_was_read_is_judged_by_its_text() -> None:
    arn = str(ADMINISTRATOR)
    read = OtherAccess(documents={arn: document(ANYTHING)})
    proofs = prove(ROLE_GRANT, installed(ROLE_GRANT, attached("humanitec-s3", arn), other_access=read))
    assert verdicts_of(proofs, "humanitec-s3") == {
        Claim.RIGHTS: Refuted,
        Claim.TRUST: Proved,
        Claim.WIDENING: Refuted,
        Claim.NEEDS: Proved,
    }
    harmless = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    read = OtherAccess(documents={arn: document(harmless)})
    proofs = prove(ROLE_GRANT, installed(ROLE_GRANT, attached("humanitec-s3", arn), other_access=read))
    assert set(verdicts_of(proofs, "humanitec-s3").values()) == {Proved}


def test_an_aws_managed_policy_that_was_read_is_within_the_grant_and_must_allow_something() -> None:
    arn = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    grant = grant_of(roles=(TerraformRole(name="humanitec-s3", policies=(AwsManagedPolicy(Arn.parse(arn)),)),))
    reads = {"Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:GetQueueUrl"], "Resource": "*"}
    proofs = prove(grant, installed(grant, other_access=OtherAccess(documents={arn: document(reads)})))
    assert set(verdicts_of(proofs, "humanitec-s3").values()) == {Proved}
    assert proof_of(proofs, Claim.NEEDS, "humanitec-s3").text.endswith("each of 2 needs has an allowed request")
    more = installed(
        grant, attached("humanitec-s3", "arn:x"), other_access=OtherAccess(documents={"arn:x": document(ANYTHING)})
    )
    more = replace(more, other_access=more.other_access + OtherAccess(documents={arn: document(reads)}))
    assert isinstance(proof_of(prove(grant, more), Claim.RIGHTS, "humanitec-s3").verdict, Refuted)
    denied = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    nothing = installed(grant, other_access=OtherAccess(documents={arn: document(reads, denied)}))
    needs = proof_of(prove(grant, nothing), Claim.NEEDS, "humanitec-s3")
    assert isinstance(needs.verdict, Refuted)
    assert arn in needs.detail


def test_the_boundary_of_a_role_limits_its_rights_and_its_needs() -> None:
    corp = f"arn:aws:iam::{ACCOUNT}:policy/corp"
    s3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    by_hand = document(ANYTHING)

    def change(one: Any) -> Any:
        one = bounded("humanitec-s3", corp)(one)
        return replace(one, inline=(*one.inline, ("by-hand", by_hand))) if one.address.name == "humanitec-s3" else one

    def verdicts(text: Document | None, change: Callable[[Any], Any]) -> dict[Claim, type]:
        other_access = OtherAccess(documents={corp: text} if text else {})
        return verdicts_of(prove(ROLE_GRANT, installed(ROLE_GRANT, change, other_access=other_access)), "humanitec-s3")

    only_bounded = bounded("humanitec-s3", corp)
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    assert set(verdicts(document(s3), only_bounded).values()) == {Proved}
    assert verdicts(document(s3), change)[Claim.RIGHTS] is Refuted
    assert set(verdicts(document(listing), change).values()) == {Proved}
    other = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    denying = verdicts(document(other), only_bounded)
    assert (denying[Claim.NEEDS], denying[Claim.RIGHTS], denying[Claim.WIDENING]) == (Refuted, Proved, Proved)
    unread = verdicts(None, only_bounded)
    assert (unread[Claim.NEEDS], unread[Claim.RIGHTS], unread[Claim.WIDENING]) == (Unknown, Proved, Proved)
    assert verdicts(None, change)[Claim.RIGHTS] is Unknown  # the boundary may deny the counterexample
    assert verdicts(None, change)[Claim.WIDENING] is Unknown


def test_the_policy_that_allows_a_counterexample_is_named() -> None:
    def by_hand(one: Any) -> Any:
        if one.address.name != "humanitec-s3":
            return one
        return replace(one, inline=(*one.inline, ("by-hand", document(ANYTHING))))

    proof = proof_of(prove(ROLE_GRANT, installed(ROLE_GRANT, by_hand)), Claim.RIGHTS, "humanitec-s3")
    assert proof.description.endswith(" is the inline policy by-hand.")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/by-hand"
    read = OtherAccess(documents={arn: document(ANYTHING)})
    there = installed(ROLE_GRANT, attached("humanitec-s3", arn), other_access=read)
    proof = proof_of(prove(ROLE_GRANT, there), Claim.RIGHTS, "humanitec-s3")
    assert proof.description.endswith(f" is {arn}.")


def test_policies_of_groups_count_and_unread_groups_are_unknown() -> None:
    (user,) = [one for one in standing(USER_GRANT).objects if isinstance(one, User)]
    free: Callable[[Any], Any] = lambda one: replace(one, boundary="") if isinstance(one, User) else one  # noqa: E731
    ops = Group("ops", frozenset({"arn:managed"}), (("inline", document(ANYTHING)),))
    for groups, verdict in ((None, Unknown), ((), Proved), ((ops,), Refuted)):
        other_access = OtherAccess() if groups is None else OtherAccess(groups={user.arn: groups})
        rights = proof_of(
            prove(USER_GRANT, installed(USER_GRANT, free, other_access=other_access)), Claim.RIGHTS, "humanitec"
        )
        assert isinstance(rights.verdict, verdict), groups
    unread = replace(ops, inline=())
    other_access = OtherAccess(groups={user.arn: (unread,)})
    rights = proof_of(
        prove(USER_GRANT, installed(USER_GRANT, free, other_access=other_access)), Claim.RIGHTS, "humanitec"
    )
    assert isinstance(rights.verdict, Unknown)
    assert "arn:managed" in rights.verdict.reason


def test_a_foreign_role_is_refuted_if_it_admits_the_platform() -> None:
    def trusting(principal: str, **condition: Any) -> TrustingRole:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}, **condition}
        return TrustingRole(
            Place(ACCOUNT), f"arn:aws:iam::{ACCOUNT}:role/other", document(statement, kind=PolicyKind.TRUST)
        )

    platform = str(ROLE_GRANT.platform.principal)
    elsewhere = {"Condition": {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}}}
    for role, verdict in (
        (trusting(platform), Refuted),
        (trusting("*"), Refuted),
        (trusting("*", **elsewhere), Proved),
    ):
        proofs = prove(ROLE_GRANT, installed(ROLE_GRANT, other_access=OtherAccess(trusting_roles=(role,))))
        proof = proof_of(proofs, Claim.TRUST, "other")
        assert isinstance(proof.verdict, verdict)
        assert proof.detail == (f"{platform} can assume it" if verdict is Refuted else "")
