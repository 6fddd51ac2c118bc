import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from leastway.cli.render.prove import exit_code_of, print_proofs, proofs_json
from leastway.errors import ExitCode
from leastway.estate import Role
from leastway.policy import Document, PolicyKind
from leastway.policy.prove import Refuted, Unknown
from leastway.proof import Proof, prove
from tests.unit.compiler.conftest import EXTERNAL_IDS, S3_ROLE, grant_of
from tests.unit.proof.standings import standing

GRANT = grant_of(roles=(S3_ROLE,))


@pytest.fixture(scope="module")
def proved() -> tuple[Proof, ...]:
    return prove(GRANT, EXTERNAL_IDS, standing(GRANT))


@pytest.fixture(scope="module")
def refuted() -> tuple[Proof, ...]:
    """The role without its address Deny, and with a trust policy that admits nobody."""
    made = standing(GRANT)
    (role,) = made.objects
    assert isinstance(role, Role)
    inline = tuple(each for each in role.inline if each[0] != "leastway-egress")
    bare = replace(role, inline=inline, trust=Document(PolicyKind.TRUST, ()))
    return prove(GRANT, EXTERNAL_IDS, replace(made, objects=(bare,)))


def printed(proofs: tuple[Proof, ...], *, live: bool = True) -> str:
    console = Console(file=io.StringIO(), width=100)
    print_proofs(console, proofs, live=live)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def unknown(proof: Proof) -> Proof:
    return replace(proof, verdict=Unknown(proof.verdict.basis, "it could not be decided"))


def test_what_is_unknown_without_reading_has_a_way_on(proved: tuple[Proof, ...]) -> None:
    way = "After `leastway apply`, `leastway prove --live` reads what is installed."
    unsure = (*proved, unknown(proved[0]))
    assert way in printed(unsure, live=False)
    assert way not in printed(unsure)
    assert way not in printed(proved, live=False)


def test_refuted_beats_unknown_and_no_claims_are_unknown(proved: tuple[Proof, ...], refuted: tuple[Proof, ...]) -> None:
    assert exit_code_of(proved) is ExitCode.DONE
    assert exit_code_of((*proved, unknown(proved[0]))) is ExitCode.UNKNOWN
    assert exit_code_of((unknown(proved[0]), *refuted)) is ExitCode.NEGATIVE
    assert exit_code_of(()) is ExitCode.UNKNOWN


def test_the_text_has_claim_counterexample_and_catalog_date(
    proved: tuple[Proof, ...], refuted: tuple[Proof, ...]
) -> None:
    text = printed((*refuted, unknown(proved[0])))
    assert "refuted  role humanitec-s3 can do nothing beyond the grant" in text
    assert "role/humanitec-s3 can do s3:ListBucket on " in text
    assert "nothing allows sts:AssumeRole by arn:aws:iam::767398028804:user/humanitec." in text
    assert "it could not be decided." in text
    assert "5 claims: 2 proved, 2 refuted, 1 unknown." in text
    assert f"catalog of {proved[0].verdict.basis.catalog_date.isoformat()}" in text


def test_the_json_has_claim_and_counterexample(refuted: tuple[Proof, ...]) -> None:
    values = json.loads(json.dumps(proofs_json(refuted, live=True)))
    assert values["live"] is True
    (rights,) = [one for one in values["proofs"] if one["claim"] == "rights"]
    (verdict,) = [proof.verdict for proof in refuted if proof.claim.value == "rights"]
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert rights["verdict"] == "refuted"
    assert rights["counterexample"]["action"] == verdict.counterexample.request.action
    said = verdict.counterexample.describe()
    assert rights["description"] == f"{said}\nIdentity policy 0 is the inline policy s3."
