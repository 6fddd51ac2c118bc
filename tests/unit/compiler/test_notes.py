"""Notes on a profile file that uses the name and version of a bundled profile."""

from dataclasses import replace

import pytest

from leastway.compiler import platform_notes
from leastway.grant import Profile, bundled_profiles, find_profile, profile_digest
from leastway.primitives import Arn
from tests.unit.compiler.conftest import cluster, grant_of

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
