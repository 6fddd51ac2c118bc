"""A new address list of a platform: how old lists are reported, and how an upgrade replaces them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leastway.grant import bundled_profiles
from leastway.sandbox import Sandbox
from tests.integration.life.desk import Desk
from tests.integration.life.world import make_world

pytestmark = pytest.mark.integration

ACCOUNT = "111122223333"
OLD, NEW = bundled_profiles()["humanitec"]
LACKING = sorted(set(NEW.addresses) - set(OLD.addresses))
HOLDERS = {f"{ACCOUNT}/managed-policy/HumanitecSaaS", f"{ACCOUNT}/role/humanitec-s3"}


@pytest.fixture
def desk(small_sandbox: Sandbox, warm_path: str, tmp_path: Path) -> Desk:
    if shutil.which("aws") is None:
        pytest.skip("aws is not installed")
    return Desk(make_world(small_sandbox, "seed", tmp_path), tmp_path, warm_path)


def test_an_old_list_is_reported_everywhere_and_fixed_by_an_upgrade(desk: Desk) -> None:
    grant = desk.world.path
    latest = grant.read_text()
    grant.write_text(latest.replace("platform: humanitec", f"platform: {{profile: humanitec, version: {OLD.version}}}"))
    desk.leastway("export", "aws-cli", "--out", "files")
    desk.leastway("export", "kubernetes", "--out", "files")
    for name in ("aws-cli", "kubernetes"):
        assert {one["state"] for one in desk.leastway("export", name, "--check", "files")["files"]} == {"current"}
    desk.run("sh", f"files/{ACCOUNT}.sh")

    kept = desk.leastway("plan", expect=3)
    assert kept["old_lists"] == []
    (note,) = (one["text"] for one in kept["notes"] if one["where"] == "platform")
    assert all(address in note for address in LACKING)

    assert note in desk.run("leastway", "status", expect=3).stdout

    grant.write_text(latest)
    (script,) = desk.leastway("export", "aws-cli", "--check", "files", expect=3)["files"]
    assert script["state"] == "stale"
    assert (
        script["why"]
        == f"it was exported with the profile humanitec {OLD.version}, and the grant now uses humanitec {NEW.version}"
    )

    planned = desk.leastway("plan", expect=3)
    assert {one["object"] for one in planned["old_lists"]} == HOLDERS
    assert {(*one["lacks"],) for one in planned["old_lists"]} == {(*LACKING,)}
    assert {one["version"] for one in planned["old_lists"]} == {OLD.version}
    (account,) = (one for one in desk.leastway("status", expect=3)["places"] if one["cluster"] is None)
    assert account["old_lists"] == planned["old_lists"]
    output = desk.run("leastway", "status", expect=3).stdout
    assert f"old address list of profile version {OLD.version}: it does not contain {', '.join(LACKING)}" in output

    output = desk.leastway("profile", "diff", f"humanitec@{OLD.version}", "humanitec", "grant.yaml", expect=3)
    assert [one["changes"] for one in output["upgrade"]["by_mode"]] == [[], []]
    updates = [one for one in planned["changes"] if one["action"] in ("update", "adopt")]  # unknown to the store
    assert [(one["address"], one["steps"]) for one in output["upgrade"]["changes"]] == [
        (one["address"], one["steps"]) for one in updates
    ]
    assert {one["address"] for one in updates} == HOLDERS

    desk.leastway("apply", "--yes")
    assert desk.leastway("plan")["old_lists"] == []


def test_check_of_an_unreadable_file_exits_with_4(desk: Desk) -> None:
    desk.leastway("export", "aws-cli", "--out", "files")
    script = desk.world.path.parent / "files" / f"{ACCOUNT}.sh"
    script.unlink()
    script.symlink_to("nowhere")
    (found,) = desk.leastway("export", "aws-cli", "--check", "files", expect=4)["files"]
    assert (found["state"], found["why"]) == ("unreadable", "it is a broken link")
    refused = desk.run("leastway", "export", "aws-cli", "--out", "files", expect=1)
    assert "it is a link, and leastway does not write through links" in refused.stderr

    missing = desk.run("leastway", "export", "aws-cli", "--check", "elsewhere", expect=3)
    assert "folder elsewhere does not exist" in missing.stderr
    assert missing.stdout == f"missing    elsewhere/{ACCOUNT}.sh\n"
    assert "is a file" in desk.run("leastway", "export", "aws-cli", "--check", "grant.yaml", expect=2).stderr
    assert "one of" in desk.run("leastway", "export", "pulumi", "--out", "x", expect=2).stderr
