from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from leastway.grant import GrantError, bundled_profiles, load_grant
from leastway.grant.source import GrantFile

from .laying_out import lay_out

if TYPE_CHECKING:
    from pathlib import Path


def refused_rules(grant: Path) -> list[str]:
    with pytest.raises(GrantError) as caught:
        load_grant(grant)
    return [problem.rule for problem in caught.value.problems]


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    grant = lay_out({}, tmp_path / "grant")
    policy = grant.parent / "policies" / "s3.json"
    (tmp_path / "outside.json").write_bytes(policy.read_bytes())
    policy.unlink()
    policy.symlink_to(tmp_path / "outside.json")
    assert refused_rules(grant) == ["file-outside-folder"]


def test_a_folder_that_is_a_link_out_of_the_grant_folder_is_refused(tmp_path: Path) -> None:
    grant = lay_out({}, tmp_path / "grant")
    (grant.parent / "policies").rename(tmp_path / "outside")
    (grant.parent / "policies").symlink_to(tmp_path / "outside")
    assert refused_rules(grant) == ["file-outside-folder"]


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    grant = lay_out({}, tmp_path / "grant")
    policy = grant.parent / "policies" / "s3.json"
    policy.rename(grant.parent / "kept.json")
    policy.symlink_to(grant.parent / "kept.json")
    assert load_grant(grant).accounts[0].roles[0].policies[0].name == "s3"


def test_a_grant_in_a_linked_folder_finds_its_files(tmp_path: Path) -> None:
    grant = lay_out({}, tmp_path / "grant")
    (tmp_path / "link").symlink_to(grant.parent)
    assert load_grant(tmp_path / "link" / "grant.yaml").name == "acme"


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    grant = lay_out({}, tmp_path / "grant")
    policy = grant.parent / "policies" / "s3.json"
    policy.unlink()
    os.mkfifo(policy)
    assert refused_rules(grant) == ["unreadable-file"]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    grant = lay_out({}, tmp_path / "grant")
    (grant.parent / "policies" / "s3.json").write_bytes(b" " * (2 << 20))
    assert refused_rules(grant) == ["unreadable-file"]


@pytest.mark.parametrize("path", [r'"a\0b.json"', r'"a\nb.json"', r'"\e[31m.json"'])
def test_a_path_with_control_characters_is_refused(path: str, tmp_path: Path) -> None:
    grant = lay_out({"change": {"grant.yaml": {"policies/s3.json": path}}}, tmp_path / "grant")
    assert refused_rules(grant) == ["missing-file"]


def test_a_file_that_is_named_many_times_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = "".join(f"\n      - {{name: humanitec-{n}, policies: [policies/s3.json]}}" for n in range(50))
    grant = lay_out(
        {"change": {"grant.yaml": {"policies: [policies/s3.json]": f"policies: [policies/s3.json]{roles}"}}},
        tmp_path / "grant",
    )
    bundled_profiles()  # read once in each process
    read: list[str] = []
    original = GrantFile.read

    def counted(path: Path, *, limit: int) -> GrantFile:
        read.append(path.name)
        return original(path, limit=limit)

    monkeypatch.setattr(GrantFile, "read", counted)
    policies = {id(role.policies[0]) for role in load_grant(grant).accounts[0].roles}
    assert sorted(read) == ["deployer.yaml", "grant.yaml", "s3.json"]
    assert len(policies) == 1


def test_a_problem_within_a_file_is_reported_once(tmp_path: Path) -> None:
    roles = "\n      - {name: humanitec-2, policies: [policies/s3.json]}"
    change = {
        "grant.yaml": {"policies: [policies/s3.json]": f"policies: [policies/s3.json]{roles}"},
        "policies/s3.json": {'"Allow"': '"Permit"'},
    }
    assert refused_rules(lay_out({"change": change}, tmp_path / "grant")) == ["policy-file"]
