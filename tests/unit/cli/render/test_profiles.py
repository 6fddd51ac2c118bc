"""A printed profile can be loaded again; old address lists are printed in words."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from leastway.cli.render.old_lists import print_old_lists
from leastway.cli.render.profile.profiles import profile_text
from leastway.estate import Address, Kind, Place
from leastway.grant import Profile, bundled_profiles, load_profile
from leastway.reconcile import OldList
from tests.unit.grant.laying_out import CASES

PROFILES = [*bundled_profiles()["humanitec"], load_profile(CASES / "base" / "platform.yaml")]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.version)
def test_a_printed_profile_loads_as_the_same_profile(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(profile_text(profile))
    assert load_profile(path) == profile


def test_a_source_with_special_characters_is_kept(tmp_path: Path) -> None:
    odd = replace(PROFILES[0], sources=('a "page": # yes, \\ it is', "on", "12"))
    path = tmp_path / "profile.yaml"
    path.write_text(profile_text(odd))
    assert load_profile(path) == odd


def test_objects_with_the_same_old_list_are_grouped() -> None:
    addresses = [Address(Place("111122223333"), Kind.ROLE, f"humanitec-{number}") for number in range(12)]
    found = [OldList(address, ("192.0.2.1/32",), ("192.0.2.9/32",), "v1") for address in addresses]
    out = io.StringIO()
    print_old_lists(Console(file=out, width=400), [*found, OldList(addresses[0], (), ("192.0.2.8/32",))])
    lines = out.getvalue().splitlines()
    assert lines[0] == (
        "old address list of profile version v1: it does not contain 192.0.2.1/32;"
        " it contains 192.0.2.9/32, which the platform does not use"
    )
    assert lines[1:3] == ["  111122223333/role/humanitec-0", "  111122223333/role/humanitec-1"]
    assert lines[11:] == [
        "  and 2 more",
        "old address list: it contains 192.0.2.8/32, which the platform does not use",
        "  111122223333/role/humanitec-0",
    ]
