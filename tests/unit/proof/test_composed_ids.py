"""Roles of a platform that composes external ids: who comes in, and a trust policy for more than one id is refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leastway.estate import ExternalIds, Role, RoleIds
from leastway.grant import find_profile
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.prove import Proved, Refuted
from leastway.proof import Claim, Proof, prove
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, grant_of
from tests.unit.proof.standings import standing

OWN = "acme@01JD3ZK5W8N4M7Q2R6T9V1X3Y5@network@write"
GRANT = replace(
    grant_of(roles=(replace(S3_ROLE, name="spacelift-s3", external_id=OWN),)), platform=find_profile("spacelift")
)
IDS = ExternalIds({(ACCOUNT, "spacelift-s3"): RoleIds(OWN)})


def assumed_by(operator: str, external_id: str) -> Proof:
    """Return the claim about who assumes the role, if its trust policy compares the external id like this."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::324880187172:root"},
        "Action": "sts:AssumeRole",
        "Condition": {operator: {"sts:ExternalId": external_id}},
    }
    document = parse_policy({"Version": "2012-10-17", "Statement": trust}, kind=PolicyKind.TRUST)
    found = standing(GRANT)
    objects = tuple(replace(one, trust=document) if isinstance(one, Role) else one for one in found.objects)
    proofs = prove(GRANT, IDS, replace(found, objects=objects))
    (claim,) = [one for one in proofs if one.claim is Claim.TRUST]
    return claim


def test_the_proof_says_who_comes_in() -> None:
    claim = assumed_by("StringEquals", OWN)
    assert isinstance(claim.verdict, Proved)
    assert (
        "of account acme, integration 01JD3ZK5W8N4M7Q2R6T9V1X3Y5, stack network, write, from any address" in claim.text
    )


@pytest.mark.parametrize("pattern", ["acme@*", "acme@*@network@*", "acme@01JD3ZK5W8N4M7Q2R6T9V1X3Y5@network@*"])
def test_a_trust_policy_for_a_pattern_is_refuted_with_another_id(pattern: str) -> None:
    claim = assumed_by("StringLike", pattern)
    assert isinstance(claim.verdict, Refuted)
    assert claim.verdict.counterexample is not None
    assert "sts:ExternalId" in claim.verdict.counterexample.describe()
    assert OWN not in claim.verdict.counterexample.describe()
