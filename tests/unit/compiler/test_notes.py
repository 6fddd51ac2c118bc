"""Notes on a profile file that uses the name and version of a bundled profile, and on actions that AWS lacks."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.compiler import action_notes, platform_notes
from leastway.grant import PolicyFile, Profile, bundled_profiles, find_profile, profile_digest
from leastway.policy import PolicyKind, parse_policy
from leastway.primitives import Arn
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, cluster, grant_of

BUNDLED = find_profile("humanitec")
STRANGER = Arn.parse("arn:aws:iam::999988887777:user/humanitec")


@pytest.mark.parametrize(
    ("own", "difference"),
    [
        (replace(BUNDLED, principal=STRANGER), f"its principal is {STRANGER} instead of {BUNDLED.principal}"),
        (replace(BUNDLED, addresses=BUNDLED.addresses[1:]), f"it lacks {BUNDLED.addresses[0]}"),
        (replace(BUNDLED, addresses=(*BUNDLED.addresses, "8.8.4.4/32")), "it also has 8.8.4.4/32"),
        (replace(BUNDLED, role_prefix="other"), "it differs in role_prefix"),
        (replace(bundled_profiles()["humanitec"][0], principal=STRANGER), "its principal is"),
    ],
    ids=["principal", "fewer addresses", "more addresses", "prefix", "an older version"],
)
def test_profile_that_differs_from_the_bundled_one_of_its_name_gets_an_unsafe_note(
    own: Profile, difference: str
) -> None:
    (note,) = platform_notes(replace(grant_of(cluster("api")), platform=own))
    assert note.is_unsafe
    assert difference in note.text
    assert profile_digest(own) in note.text
    assert profile_digest(find_profile(own.name, own.version)) in note.text


@pytest.mark.parametrize(
    "own",
    [BUNDLED, replace(BUNDLED, version="ours"), replace(BUNDLED, name="ours"), replace(BUNDLED, sources=())],
    ids=["bundled", "another version", "another name", "other sources"],
)
def test_bundled_profile_or_profile_with_its_own_name_gets_no_note(own: Profile) -> None:
    assert not platform_notes(replace(grant_of(cluster("api")), platform=own))


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("s3:GetObjct", 'unknown action "s3:GetObjct"'),
        ("s4:GetObject", "check the service prefix"),
        ("s3:Gett*", 'unknown action "s3:Gett*"'),
        ("s3:GetObject", None),
        ("s3:*", None),
        ("*", None),
    ],
)
def test_an_action_that_aws_does_not_have_gets_a_note(action: str, said: str | None) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:ListBucket", action], "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    policy = PolicyFile(Path("policies/own.json"), text, parse_policy(text, kind=PolicyKind.IDENTITY))
    found = action_notes(grant_of(roles=(replace(S3_ROLE, policies=(policy,)),)))
    assert [note.where for note in found] == ([] if said is None else [f"{ACCOUNT}/role/{S3_ROLE.name}"])
    assert all(note.text.startswith("own.json: ") and (said or "") in note.text for note in found)
