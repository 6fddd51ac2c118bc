from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leastway.grant import (
    ClusterTag,
    UnknownProfileError,
    bundled_profiles,
    diff_profiles,
    find_profile,
    load_grant,
    load_profile,
)

from .laying_out import CASES, lay_out

if TYPE_CHECKING:
    from pathlib import Path


def test_the_published_versions_are_bundled_from_the_oldest_to_the_latest() -> None:
    old, new = bundled_profiles()["humanitec"]
    assert (old.version, old.published, len(old.addresses)) == ("v0.0.5", dt.date(2023, 3, 6), 6)
    assert (new.published, len(new.addresses)) == (dt.date(2024, 4, 23), 12)
    for profile in (old, new):
        assert str(profile.principal) == "arn:aws:iam::767398028804:user/humanitec"
        assert all(address.endswith("/32") for address in profile.addresses)
        assert len(set(profile.addresses)) == len(profile.addresses)
        assert profile.cluster_tag == ClusterTag("Humanitec", "true")
        assert (profile.user_name, profile.user_policy_name) == ("humanitec", "HumanitecSaaS")
        assert profile.role_prefix == profile.kubernetes_group == "humanitec"
        assert all(source.startswith("https://") for source in profile.sources)


def test_every_bundled_file_is_named_by_its_version() -> None:
    for name, versions in bundled_profiles().items():
        assert {profile.name for profile in versions} == {name}
        assert len({profile.version for profile in versions}) == len(versions)
        for profile in versions:
            assert find_profile(name, profile.version) is profile


def test_the_latest_is_the_default_and_a_version_can_be_kept(tmp_path: Path) -> None:
    assert find_profile("humanitec") == bundled_profiles()["humanitec"][-1]
    kept = {"change": {"grant.yaml": {"platform: humanitec": "platform: {profile: humanitec, version: v0.0.5}"}}}
    assert len(load_grant(lay_out(kept, tmp_path / "grant")).platform.addresses) == 6


def test_an_unknown_profile_says_which_are_known() -> None:
    with pytest.raises(UnknownProfileError) as caught:
        find_profile("humanitec", "v9")
    assert "v0.0.5" in caught.value.fix


def test_a_change_of_version_says_which_addresses_come_and_go() -> None:
    old, new = bundled_profiles()["humanitec"]
    change = diff_profiles(old, new)
    assert change.added_addresses == new.addresses[6:]
    assert change.removed_addresses == ()
    assert not change.changed
    assert diff_profiles(new, old).removed_addresses == new.addresses[6:]
    assert not diff_profiles(old, replace(old, version="other", published=dt.date(2020, 1, 1)))
    moved = diff_profiles(old, replace(old, role_prefix="deployer"))
    assert moved.changed == {"role_prefix": ("humanitec", "deployer")}


def test_the_access_role_is_named_by_the_account(tmp_path: Path) -> None:
    grant = load_grant(lay_out({}, tmp_path / "grant"))
    account = grant.accounts[0]
    assert grant.platform.access_role(account.id) == "humanitec-eks-access-111122223333"


def test_a_profile_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    profile = load_profile(CASES / "base" / "platform.yaml")
    assert (profile.name, profile.addresses) == ("shipyard", ("52.95.110.1/32", "52.95.111.0/24"))
    own = {"change": {"grant.yaml": {"platform: humanitec": "platform: platform.yaml", "humanitec-s3": "shipyard-s3"}}}
    assert load_grant(lay_out(own, tmp_path / "grant")).platform == profile
