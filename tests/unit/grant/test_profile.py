from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from leastway.errors import InvalidInputError
from leastway.grant import (
    Tag,
    UnknownProfileError,
    bundled_profiles,
    diff_profiles,
    find_profile,
    load_grant,
    load_profile,
    named_profile,
    profile_digest,
)
from leastway.primitives import Arn

from .laying_out import CASES, lay_out

if TYPE_CHECKING:
    from pathlib import Path


def test_the_published_versions_are_bundled_from_oldest_to_latest() -> None:
    old, new = bundled_profiles()["humanitec"]
    assert (old.version, old.published, len(old.addresses)) == ("v0.0.5", dt.date(2023, 3, 6), 6)
    assert (new.published, len(new.addresses)) == (dt.date(2024, 4, 23), 12)
    for profile in (old, new):
        assert str(profile.principal) == "arn:aws:iam::767398028804:user/humanitec"
        assert all(address.endswith("/32") for address in profile.addresses)
        assert len(set(profile.addresses)) == len(profile.addresses)
        assert profile.cluster_tag == Tag("Humanitec", "true")
        assert (profile.user_name, profile.user_policy_name) == ("humanitec", "HumanitecSaaS")
        assert profile.role_prefix == profile.kubernetes_group == "humanitec"
        assert all(source.startswith("https://") for source in profile.sources)


def test_every_bundled_profile_is_found_by_its_name_and_version() -> None:
    for name, versions in bundled_profiles().items():
        assert {profile.name for profile in versions} == {name}
        assert len({profile.version for profile in versions}) == len(versions)
        for profile in versions:
            assert find_profile(name, profile.version) is profile


def test_the_latest_version_is_the_default_and_a_version_can_be_pinned(tmp_path: Path) -> None:
    assert find_profile("humanitec") == bundled_profiles()["humanitec"][-1]
    kept = {"change": {"grant.yaml": {"platform: humanitec": "platform: {profile: humanitec, version: v0.0.5}"}}}
    assert len(load_grant(lay_out(kept, tmp_path / "grant")).platform.addresses) == 6


def test_an_unknown_version_is_rejected_with_the_known_ones() -> None:
    with pytest.raises(UnknownProfileError) as caught:
        find_profile("humanitec", "v9")
    assert "v0.0.5" in caught.value.fix


def test_a_change_of_version_lists_the_added_and_removed_addresses() -> None:
    old, new = bundled_profiles()["humanitec"]
    change = diff_profiles(old, new)
    assert change.added_addresses == new.addresses[6:]
    assert change.removed_addresses == ()
    assert not change.changed
    assert diff_profiles(new, old).removed_addresses == new.addresses[6:]
    assert not diff_profiles(old, replace(old, version="other", published=dt.date(2020, 1, 1)))
    moved = diff_profiles(old, replace(old, role_prefix="deployer"))
    assert moved.changed == {"role_prefix": ("humanitec", "deployer")}


def test_the_name_of_the_access_role_contains_the_account_id(tmp_path: Path) -> None:
    grant = load_grant(lay_out({}, tmp_path / "grant"))
    account = grant.accounts[0]
    assert grant.platform.access_role(account.id) == "humanitec-eks-access-111122223333"


def test_a_custom_profile_is_read_from_its_file(tmp_path: Path) -> None:
    profile = load_profile(CASES / "base" / "platform.yaml")
    assert (profile.name, profile.addresses) == ("shipyard", ("52.95.110.1/32", "52.95.111.0/24"))
    own = {"change": {"grant.yaml": {"platform: humanitec": "platform: platform.yaml", "humanitec-s3": "shipyard-s3"}}}
    assert load_grant(lay_out(own, tmp_path / "grant")).platform == profile


PUBLISHED = {
    "v0.0.5": "sha256:8c33d8c54701b80ac7e8ea4ed3bc30e12c4e59dd916ff2cef340ce28e336cb15",
    "2024-04-23": "sha256:9ef565d6e2a545c0a780fa38633beb69828c801cafbe18edf4348e40aa34df74",
}
"""A published version never changes: new facts need a new file and a new line here."""


def test_a_published_version_keeps_its_digest() -> None:
    digests = {profile.version: profile_digest(profile) for profile in bundled_profiles()["humanitec"]}
    assert digests == PUBLISHED


def test_the_digest_covers_every_effective_field_but_no_dates_or_sources() -> None:
    (first, *_) = bundled_profiles()["humanitec"]
    others: dict[str, Any] = {
        "name": "other",
        "version": "other",
        "principal": Arn.parse("arn:aws:iam::767398028804:user/other"),
        "addresses": first.addresses[:-1],
        "role_prefix": "human",
        "cluster_tag": Tag("Humanitec", "True"),
        "user_name": "other",
        "user_policy_name": "other",
        "access_role_name": "humanitec-{account}",
        "kubernetes_username": "other",
        "kubernetes_group": "other",
        "oidc": find_profile("gitlab").oidc,
        "external_id_form": find_profile("spacelift").external_id_form,
    }
    without_effect: dict[str, Any] = {"published": dt.date(2020, 1, 1), "checked": None, "sources": ()}
    without_effect |= dict.fromkeys(("no_addresses_reason", "account_principal_reason", "external_id_reason"), "why")
    assert {field.name for field in fields(first)} == {*others, *without_effect}
    digests = {profile_digest(replace(first, **{name: value})) for name, value in others.items()}
    assert len(digests) == len(others)
    assert profile_digest(first) not in digests
    assert profile_digest(replace(first, **without_effect)) == profile_digest(first)
    assert profile_digest(replace(first, addresses=first.addresses[::-1])) == profile_digest(first)


def test_a_reference_of_the_command_line_finds_its_profile(tmp_path: Path) -> None:
    old, new = bundled_profiles()["humanitec"]
    assert named_profile("humanitec") is new
    assert named_profile("humanitec@v0.0.5") is old
    assert named_profile(str(CASES / "base" / "platform.yaml")).name == "shipyard"
    assert not [name for name in bundled_profiles() if "@" in name or "/" in name]
    for wrong in ("humanitek", "humanitec@v9"):
        with pytest.raises(InvalidInputError) as caught:
            named_profile(wrong)
        assert caught.value.fix
    with pytest.raises(InvalidInputError):
        named_profile(str(tmp_path / "nowhere.yaml"))


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("192.0.2.7", True),
        ("198.51.100.9", True),
        ("192.0.2.8", False),
        ("198.51.101.1", False),
        ("2001:db8::1", False),
    ],
)
def test_a_platform_lists_the_addresses_of_its_blocks(address: str, listed: bool) -> None:
    profile = replace(find_profile("humanitec"), addresses=("192.0.2.7/32", "198.51.100.0/24"))
    assert profile.lists(address) is listed
