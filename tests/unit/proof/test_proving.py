"""Proofs of grants, and mutations of the compiled policies that must each be refuted by a request."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from leastway.estate import ManagedPolicy, Role, User
from leastway.grant import Grant, Identity, PolicyFile, TerraformRole
from leastway.policy import Document, PolicyKind, PolicySet, compile_policies, parse_policy, render
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.primitives import Partition
from leastway.proof import Claim, Proof, Standing
from leastway.proof import prove as prove_grant
from tests.unit.compiler.conftest import (
    ACCOUNT,
    EXTERNAL_ID,
    EXTERNAL_IDS,
    PROFILE,
    S3_ROLE,
    cluster,
    grant_elsewhere,
    grant_of,
)
from tests.unit.proof.standings import standing

USER_GRANT = grant_of(cluster("shop"), identity=Identity.IAM_USER, roles=(S3_ROLE,), list_clusters=True)
ROLE_GRANT = grant_of(cluster("shop"), roles=(S3_ROLE,))
ACCESS_ROLE = f"humanitec-eks-access-{ACCOUNT}"
TAGGED = '{"StringEquals": {"aws:ResourceTag/Humanitec": "true"}}'
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

Json = dict[str, Any]


def prove(grant: Grant, found: Standing | None = None) -> tuple[Proof, ...]:
    return prove_grant(grant, EXTERNAL_IDS, found or standing(grant))


def proof_of(proofs: tuple[Proof, ...], claim: Claim, name: str) -> Proof:
    (found,) = [proof for proof in proofs if proof.claim is claim and proof.subject.endswith(f"/{name}")]
    return found


def document(*statements: Json, kind: PolicyKind = PolicyKind.IDENTITY) -> Document:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=kind)


def rewritten(before: Document, change: Callable[[Json], None]) -> Document:
    """Return the document after `change` of its JSON."""
    tree = json.loads(json.dumps(render(before)))
    change(tree)
    return parse_policy(tree, kind=before.kind)


def statement(tree: Json, sid: str) -> Json:
    (found,) = [one for one in tree["Statement"] if one.get("Sid") == sid]
    assert isinstance(found, dict)
    return found


def without(sid: str) -> Callable[[Json], None]:
    def change(tree: Json) -> None:
        tree["Statement"].remove(statement(tree, sid))

    return change


def changed(grant: Grant, name: str, change: Callable[[Any], Any]) -> Standing:
    """Return the compiled estate of `grant`, with the objects called `name` changed."""
    made = standing(grant)
    assert any(one.address.name == name for one in made.objects)
    return replace(made, objects=tuple(change(one) if one.address.name == name else one for one in made.objects))


def with_inline(*statements: Json) -> Callable[[Any], Any]:
    return lambda one: replace(one, inline=(*one.inline, ("by-hand", document(*statements))))


def inline_rewritten(policy: str, change: Callable[[Json], None]) -> Callable[[Role], Role]:
    def changed_role(role: Role) -> Role:
        assert policy in dict(role.inline)
        return replace(
            role,
            inline=tuple((name, rewritten(one, change) if name == policy else one) for name, one in role.inline),
        )

    return changed_role


def trust_rewritten(change: Callable[[Json], None]) -> Callable[[Role], Role]:
    return lambda role: replace(role, trust=rewritten(role.trust, change))


def trusting(principal: object) -> Callable[[Json], None]:
    def change(tree: Json) -> None:
        for one in tree["Statement"]:
            one["Principal"] = principal

    return change


def in_statement(sid: str, **elements: object) -> Callable[[Json], None]:
    def change(tree: Json) -> None:
        statement(tree, sid).update(elements)

    return change


def sparing(action: str) -> Callable[[Json], None]:
    def change(tree: Json) -> None:
        (deny,) = tree["Statement"]
        del deny["Action"]
        deny["NotAction"] = action

    return change


@cache
def compiled_proofs(grant_name: str) -> tuple[Proof, ...]:
    return prove(USER_GRANT if grant_name == "user" else ROLE_GRANT)


@pytest.mark.parametrize("identity", ["user", "role"])
def test_compiled_policies_are_proved_for_both_identities(identity: str) -> None:
    proofs = compiled_proofs(identity)
    assert [(proof.text, proof.verdict) for proof in proofs if not isinstance(proof.verdict, Proved)] == []
    subjects = {proof.subject.rpartition("/")[2] for proof in proofs}
    assert subjects == ({"humanitec", "humanitec-s3"} if identity == "user" else {ACCESS_ROLE, "humanitec-s3"})
    claims = {proof.claim for proof in proofs if proof.subject.endswith("/humanitec-s3")}
    assert claims == {Claim.RIGHTS, Claim.TRUST, Claim.WIDENING, Claim.NEEDS}


def test_needs_are_shown_by_a_request_of_the_platform_itself() -> None:
    example = proof_of(compiled_proofs("user"), Claim.NEEDS, "humanitec").verdict
    assert isinstance(example, Proved)
    assert example.example is not None
    assert example.example.request.action == "eks:AccessKubernetesApi"
    assert example.example.request.resource == f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/shop"
    context = example.example.request.context
    assert context["aws:resourcetag/humanitec"] == "true"
    assert context["aws:viaawsservice"] == "false"
    assert context["aws:sourceip"] in ("192.0.2.1", "192.0.2.2")


S3_MUTATIONS: dict[str, tuple[Claim, Callable[[Any], Any]]] = {
    "everything, inline": (Claim.RIGHTS, with_inline(ANYTHING)),
    "everything, inline, widens access": (Claim.WIDENING, with_inline(ANYTHING)),
    "its own inline policies": (
        Claim.WIDENING,
        with_inline(
            {
                "Effect": "Allow",
                "Action": "iam:PutRolePolicy",
                "Resource": f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3",
            }
        ),
    ),
    "other roles": (
        Claim.WIDENING,
        with_inline({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}),
    ),
    "passing roles to its own code": (
        Claim.WIDENING,
        with_inline(
            {
                "Effect": "Allow",
                "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
                "Resource": "*",
            }
        ),
    ),
    "no address Deny": (
        Claim.RIGHTS,
        lambda role: replace(role, inline=tuple(each for each in role.inline if each[0] != "leastway-egress")),
    ),
    "an address Deny with an exempt action": (
        Claim.RIGHTS,
        inline_rewritten("leastway-egress", sparing("s3:ListBucket")),
    ),
    "one more address": (
        Claim.RIGHTS,
        inline_rewritten(
            "leastway-egress",
            lambda tree: tree["Statement"][0]["Condition"]["NotIpAddress"]["aws:SourceIp"].append("198.51.100.7/32"),
        ),
    ),
    "trust in everyone": (Claim.TRUST, trust_rewritten(trusting("*"))),
    "trust in the whole account": (Claim.TRUST, trust_rewritten(trusting({"AWS": PROFILE.aws_principal.account}))),
    "trust in the account root": (
        Claim.TRUST,
        trust_rewritten(trusting({"AWS": f"arn:aws:iam::{PROFILE.aws_principal.account}:root"})),
    ),
    "trust in the account's own users": (Claim.TRUST, trust_rewritten(trusting({"AWS": ACCOUNT}))),
    "trust in a service": (
        Claim.TRUST,
        trust_rewritten(
            lambda tree: tree["Statement"].append(
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            )
        ),
    ),
    "no external id": (
        Claim.TRUST,
        trust_rewritten(lambda tree: statement(tree, "PlatformWithExternalId").pop("Condition")),
    ),
    "external id with IfExists": (
        Claim.TRUST,
        trust_rewritten(
            in_statement(
                "PlatformWithExternalId",
                Condition={"StringEqualsIfExists": {"sts:ExternalId": EXTERNAL_ID}},
            )
        ),
    ),
    "any external id": (
        Claim.TRUST,
        trust_rewritten(in_statement("PlatformWithExternalId", Condition={"StringLike": {"sts:ExternalId": "*"}})),
    ),
    "another external id": (
        Claim.TRUST,
        trust_rewritten(
            in_statement("PlatformWithExternalId", Condition={"StringEquals": {"sts:ExternalId": "of-somebody-else"}})
        ),
    ),
    "trust from anywhere": (Claim.TRUST, trust_rewritten(without("PlatformAddressesOnly"))),
    "trust with one more address": (
        Claim.TRUST,
        trust_rewritten(
            in_statement(
                "PlatformAddressesOnly",
                Condition={"NotIpAddress": {"aws:SourceIp": [*PROFILE.addresses, "198.51.100.7/32"]}},
            )
        ),
    ),
    "session tags": (
        Claim.TRUST,
        trust_rewritten(
            lambda tree: tree["Statement"].append(
                {"Effect": "Allow", "Principal": {"AWS": str(PROFILE.principal)}, "Action": "sts:TagSession"}
            )
        ),
    ),
}


def is_replayed(proof: Proof, found: Standing) -> None:
    """Assert that the changed policies alone allow the counterexample of a refuted proof."""
    assert isinstance(proof.verdict, Refuted), f"{proof.text}: {proof.verdict}"
    counterexample = proof.verdict.counterexample
    assert counterexample is not None
    (holder,) = [one for one in found.objects if getattr(one, "arn", "") == proof.subject]
    willing = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, kind=PolicyKind.RESOURCE)
    anyone = document(ANYTHING)
    known = {one.arn: one.document for one in found.objects if isinstance(one, ManagedPolicy)}
    if proof.claim is Claim.TRUST:
        assert isinstance(holder, Role)
        policies = PolicySet(identity=(anyone,), resource=holder.trust)
    else:
        assert isinstance(holder, Role | User)
        identity = [each for _, each in holder.inline] + [known[arn] for arn in holder.policies if arn in known]
        boundary = (known[holder.boundary],) if isinstance(holder, User) and holder.boundary else ()
        if proof.claim is Claim.BOUNDARY:
            identity.append(anyone)
        resource = willing if counterexample.request.action.lower().startswith(("sts:", "kms:")) else None
        policies = PolicySet(identity=tuple(identity), boundary=boundary, resource=resource)
    assert compile_policies(policies).decide(counterexample.request).allowed
    assert counterexample.request.action in counterexample.describe()


@pytest.mark.parametrize("name", S3_MUTATIONS)
@pytest.mark.parametrize("grant", [USER_GRANT, ROLE_GRANT], ids=["user", "role"])
def test_a_changed_terraform_role_is_refuted(grant: Grant, name: str) -> None:
    claim, change = S3_MUTATIONS[name]
    found = changed(grant, "humanitec-s3", change)
    is_replayed(proof_of(prove(grant, found), claim, "humanitec-s3"), found)


ACCESS_MUTATIONS: dict[str, Callable[[Json], None]] = {
    "another cluster": lambda tree: statement(tree, "EKSAccess")["Resource"].append(
        f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/other"
    ),
    "every cluster": in_statement("EKSAccess", Resource="*"),
    "another action": lambda tree: statement(tree, "EKSAccess")["Action"].append("eks:DeleteCluster"),
    "every action": in_statement("EKSAccess", Action="eks:*"),
    "no tag": lambda tree: statement(tree, "EKSAccess").pop("Condition"),
    "no tag on node groups": lambda tree: statement(tree, "EKSNodegroups").pop("Condition"),
    "the tag with IfExists": in_statement(
        "EKSAccess", Condition={"StringEqualsIfExists": {"aws:ResourceTag/Humanitec": "true"}}
    ),
    "a tag pattern": in_statement("EKSAccess", Condition={"StringLike": {"aws:ResourceTag/Humanitec": "tru*"}}),
    "another tag": in_statement("EKSAccess", Condition={"StringEquals": {"aws:ResourceTag/Other": "true"}}),
    "no address Deny": without("PlatformAddressesOnly"),
    "an address Deny only for other accounts": lambda tree: statement(tree, "PlatformAddressesOnly")[
        "Condition"
    ].update({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}),
    "lists clusters although not granted": lambda tree: tree["Statement"].append(
        {"Effect": "Allow", "Action": "eks:ListClusters", "Resource": "*"}
    ),
}


@pytest.mark.parametrize("name", ACCESS_MUTATIONS)
def test_a_changed_access_role_is_refuted(name: str) -> None:
    change = inline_rewritten("leastway-platform-access", ACCESS_MUTATIONS[name])
    found = changed(ROLE_GRANT, ACCESS_ROLE, change)
    is_replayed(proof_of(prove(ROLE_GRANT, found), Claim.RIGHTS, ACCESS_ROLE), found)


USER_MUTATIONS: dict[str, tuple[tuple[Claim, ...], str, Callable[[Any], Any]]] = {
    "assumes every role": (
        (Claim.RIGHTS, Claim.BOUNDARY, Claim.WIDENING),
        "HumanitecSaaS",
        lambda one: replace(one, document=rewritten(one.document, in_statement("AssumeRole", Resource="*"))),
    ),
    "no boundary": ((Claim.BOUNDARY,), "humanitec", lambda one: replace(one, boundary="")),
    "no boundary, and a policy attached by hand": (
        (Claim.RIGHTS, Claim.BOUNDARY, Claim.WIDENING),
        "humanitec",
        lambda one: replace(
            one,
            boundary="",
            inline=(("by-hand", document({"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": one.arn})),),
        ),
    ),
    "a wide policy that is also the boundary": (
        (Claim.RIGHTS, Claim.BOUNDARY, Claim.WIDENING),
        "HumanitecSaaS",
        lambda one: replace(one, document=document(ANYTHING)),
    ),
}


@pytest.mark.parametrize("name", USER_MUTATIONS)
def test_a_changed_user_is_refuted(name: str) -> None:
    claims, changed_name, change = USER_MUTATIONS[name]
    made = standing(USER_GRANT)
    kind = ManagedPolicy if changed_name == "HumanitecSaaS" else User
    found = replace(
        made,
        objects=tuple(
            change(one) if isinstance(one, kind) and one.name == changed_name else one for one in made.objects
        ),
    )
    proofs = prove(USER_GRANT, found)
    for claim in claims:
        is_replayed(proof_of(proofs, claim, "humanitec"), found)


def test_a_role_that_is_no_longer_in_the_grant_is_refuted_if_it_admits_somebody() -> None:
    smaller = grant_of(cluster("shop"))
    proof = proof_of(prove(smaller, standing(ROLE_GRANT)), Claim.TRUST, "humanitec-s3")
    is_replayed(proof, standing(ROLE_GRANT))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}', "denied again"),
        (f'{{"Effect": "Allow", "Action": "eks:ListClusters", "Resource": "*", "Condition": {TAGGED}}}', "trap"),
    ],
)
def test_a_need_without_an_allowed_request_is_refuted(text: str, what: str) -> None:
    proof = need_of(text, what)
    assert isinstance(proof.verdict, Refuted)
    assert f"statement {1 if what == 'denied again' else 2} of {what}.json" in proof.detail


def test_a_need_on_one_resource_of_an_action_without_documented_resources_is_unknown() -> None:
    text = '{"Effect": "Allow", "Action": "eks:ListClusters", "Resource": "arn:aws:eks:*:*:cluster/shop"}'
    proof = need_of(text, "listing")
    assert isinstance(proof.verdict, Unknown)
    assert "for eks:ListClusters, AWS documents no resource" in proof.verdict.reason


def test_a_need_on_all_resources_of_an_action_without_documented_resources_is_met() -> None:
    text = '{"Effect": "Allow", "Action": "eks:ListClusters", "Resource": "arn:aws:eks:*:*:cluster/*"}'
    assert isinstance(need_of(text, "listing").verdict, Proved)


def need_of(text: str, what: str) -> Proof:
    """Return the needs proof of a role whose policy has `text` as an additional statement."""
    allow = '{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}'
    whole = f'{{"Version": "2012-10-17", "Statement": [{allow}, {text}]}}'
    policy = PolicyFile(Path(f"policies/{what}.json"), whole, parse_policy(whole, kind=PolicyKind.IDENTITY))
    grant = grant_of(roles=(TerraformRole(name="humanitec-s3", policies=(policy,)),))
    return proof_of(prove(grant), Claim.NEEDS, "humanitec-s3")


def test_a_role_that_admits_only_other_addresses_does_not_meet_its_needs() -> None:
    elsewhere = standing(replace(ROLE_GRANT, platform=replace(PROFILE, addresses=("192.0.2.9/32",))))
    proof = proof_of(prove(ROLE_GRANT, elsewhere), Claim.NEEDS, "humanitec-s3")
    assert isinstance(proof.verdict, Refuted)
    assert f"sts:AssumeRole by {PROFILE.principal}" in proof.detail


@pytest.mark.parametrize("identity", Identity)
@pytest.mark.parametrize("partition", Partition)
def test_a_grant_is_proved_in_every_partition_and_refuted_with_the_arns_of_another(
    partition: Partition, identity: Identity
) -> None:
    def grant_in(region: str) -> Grant:
        return grant_elsewhere(region, cluster("shop"), identity=identity, roles=(S3_ROLE,))

    grant = grant_in(partition.home_region)
    proofs = prove(grant)
    assert {proof.text: proof.verdict for proof in proofs if not isinstance(proof.verdict, Proved)} == {}
    assert {proof.subject.split(":")[1] for proof in proofs} == {str(partition)}

    other = Partition.AWS if partition is not Partition.AWS else Partition.GOVCLOUD
    mistaken = prove(grant, standing(grant_in(other.home_region)))
    refuted = {proof.claim for proof in mistaken if isinstance(proof.verdict, Refuted)}
    assert refuted >= {Claim.RIGHTS, Claim.TRUST, Claim.NEEDS}
