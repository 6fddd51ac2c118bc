"""The commands as a user runs them: in their own processes, with output and exit codes.

Each command is started once, in the first test, on real API servers where KUBEBUILDER_ASSETS is set. The
processes of the others are forked, and use small API servers.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leastway.sandbox import Sandbox
from tests.echo import echoing
from tests.integration.life.world import World, make_world

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Shell:
    world: World
    folder: Path
    path: str

    def run(self, *arguments: str, expect: int) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEASTWAY_"))}
        ours = {"PATH": self.path, "LEASTWAY_STATE": str(self.world.state), "HOME": str(self.folder)}
        done = subprocess.run(
            ["leastway", *arguments],
            cwd=self.world.path.parent,
            env={**kept, **self.world.environment, **ours},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expect, f"{arguments} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, expect: int) -> Any:
        return json.loads(self.run(*arguments, "--json", expect=expect).stdout)


@pytest.fixture
def shell(small_sandbox: Sandbox, warm_path: str, tmp_path: Path) -> Shell:
    return Shell(make_world(small_sandbox, "seed", tmp_path), tmp_path, warm_path)


def test_plan_apply_verify_and_offboard(sandbox: Sandbox, tmp_path: Path) -> None:
    shell = Shell(
        make_world(sandbox, "seed", tmp_path), tmp_path, f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    )
    plan = shell.json("plan", expect=3)
    assert {change["action"] for change in plan["changes"]} == {"create"}
    assert any("ListClusters" in note["text"] for note in plan["notes"])

    refused = shell.run("apply", expect=2)
    assert "--yes" in refused.stderr

    applied = shell.run("apply", "--yes", expect=0)
    key_file = shell.world.state / "keys" / "111122223333-humanitec.json"
    assert str(key_file) in applied.stdout.replace("\n", "")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    secret = json.loads(key_file.read_text())["aws_secret_access_key"]

    assert shell.json("plan", expect=0)["clean"] is True
    unchanged = shell.run("plan", "--all", expect=0).stdout
    assert "it matches the grant" in unchanged
    status = shell.json("status", expect=0)
    assert status["clean"] is True
    assert {one["state"] for one in status["places"]} == {"as expected"}
    assert {one["mode"] for one in status["places"] if one["cluster"]} == {"API", "API_AND_CONFIG_MAP", "CONFIG_MAP"}

    answers = shell.json("verify", expect=4)["answers"]
    assert {one["got"] for one in answers if "unlisted" in one["asked"]} == {"denied"}
    weaker = [one for one in answers if one["evidence"] not in (None, "tried")]
    assert {one["got"] for one in answers if "unlisted" not in one["asked"] and one not in weaker} == {"skipped"}
    assert all(one["agrees"] for one in weaker)
    assert {one["evidence"] for one in weaker} == {"simulated", "reviewed", "read"}
    differing = shell.json("verify", "--from-listed", expect=3)["answers"]
    assert any(one["expected"] == "allowed" and one["got"] == "denied" for one in differing)

    with echoing("203.0.113.9") as url:
        elsewhere = shell.run("verify", "--json", "--address-from", url, expect=4)
    assert "this machine calls AWS from 203.0.113.9, which is NOT in the address list of humanitec" in elsewhere.stderr
    assert json.loads(elsewhere.stdout)["answers"] == answers
    with echoing("34.159.97.57") as url:
        listed = shell.run("verify", "--json", "--address-from", url, expect=3)
    assert "which is in the address list of humanitec" in listed.stderr
    assert json.loads(listed.stdout)["answers"] == differing

    evidence = shell.folder / "evidence.json"
    offboarded = shell.run("offboard", "--yes", "--evidence", str(evidence), expect=0)
    assert "Nothing left" in offboarded.stdout
    assert json.loads(evidence.read_text())["complete"] is True
    output = [applied, offboarded, refused]
    assert not any(secret in text for one in output for text in (one.stdout, one.stderr))
    others = [path for path in shell.folder.rglob("*") if path.is_file() and path != key_file]
    assert not [path for path in others if secret.encode() in path.read_bytes()]


def test_a_saved_plan_is_refused_after_a_change_and_holds_no_secret(shell: Shell) -> None:
    plan = shell.folder / "plan.json"
    shell.run("plan", "--out", str(plan), expect=3)
    shell.world.sandbox.control.journal(clear=True)
    path = shell.world.path
    path.write_text(path.read_text() + "# changed\n")
    assert "grant.yaml: the file changed" in shell.run("apply", str(plan), "--yes", expect=1).stderr
    assert not shell.world.sandbox.control.journal(), "nothing is called before the grant is compared"
    path.write_text(path.read_text().removesuffix("# changed\n"))

    shell.world.sandbox.control.fail("eks:CreateAccessEntry", "AccessDeniedException", times=1)
    shell.run("apply", str(plan), "--yes", expect=1)
    shell.run("apply", str(plan), "--yes", expect=0)
    assert shell.json("plan", "--out", str(plan), expect=0)["clean"] is True
    key = json.loads((shell.world.state / "keys" / "111122223333-humanitec.json").read_text())
    assert key["aws_secret_access_key"] not in plan.read_text()


def test_the_first_key_is_the_only_output_with_keys_to_standard_output(shell: Shell) -> None:
    shown = json.loads(shell.run("apply", "--yes", "--keys-to", "-", expect=0).stdout)
    assert shown.keys() == {"aws_access_key_id", "aws_secret_access_key"}
    assert not list(shell.world.state.glob("keys/*.json"))
    assert shell.run("apply", "--yes", "--keys-to", "-", expect=0).stdout == ""


def test_credentials_of_another_account_are_an_error_and_nothing_is_changed(shell: Shell) -> None:
    path = shell.world.path
    path.write_text(path.read_text().replace("111122223333", "999988887777"))
    shell.world.sandbox.control.journal(clear=True)
    refused = shell.json("plan", expect=4)
    assert all("111122223333" in problem["reason"] for problem in refused["unreadable"])
    calls = shell.world.sandbox.control.journal()
    assert {call.action for call in calls} == {"GetCallerIdentity"}


def test_apply_waits_for_a_throttled_account(shell: Shell) -> None:
    shell.world.sandbox.control.throttle("eks:*", every=3)
    shell.world.sandbox.control.throttle("iam:*", every=4)
    shell.run("apply", "--yes", expect=0)
    shell.world.sandbox.control.throttle("eks:*")
    shell.world.sandbox.control.throttle("iam:*")
    assert shell.json("plan", expect=0)["clean"] is True


def test_a_failing_cluster_does_not_stop_the_others(shell: Shell) -> None:
    shell.world.sandbox.control.fail("eks:CreateAccessEntry", "ServerException", times=20)
    failed = shell.run("apply", "--yes", expect=1)
    assert "Run the same command again" in failed.stdout
    shell.world.sandbox.control.fail("eks:CreateAccessEntry", "ServerException", times=0)
    by_cluster = {one["cluster"]: one["state"] for one in shell.json("status", expect=3)["places"]}
    assert by_cluster["legacy"] == "as expected"
    shell.run("apply", "--yes", expect=0)
    assert shell.json("plan", expect=0)["clean"] is True


def test_every_command_flags_what_is_dangerous_on_purpose(shell: Shell) -> None:
    path, reason = shell.world.path, "the mesh installer needs it until March"
    before = 'policy: edit\n            namespaces: ["app-*"]'
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, f"policy: cluster-admin\n            unsafe_reason: {reason}"))
    flag = f"unsafe: 111122223333/eu-central-1/prod: policy cluster-admin is dangerous on purpose: {reason}"
    for command, expect in (("plan", 3), ("apply", 2), ("status", 3)):
        assert flag in shell.run(command, expect=expect).stdout.splitlines(), command
    for command in ("plan", "status"):
        (note,) = [one for one in shell.json(command, expect=3)["notes"] if one["unsafe"]]
        assert f"unsafe: {note['where']}: {note['text']}" == flag


def test_the_cluster_accepts_the_exec_credential(shell: Shell) -> None:
    credential = json.loads(shell.run("eks-token", "--cluster", "prod", "--region", "eu-central-1", expect=0).stdout)
    assert credential["kind"] == "ExecCredential"
    assert credential["status"]["token"].startswith("k8s-aws-v1.")


def test_init_finds_the_clusters_and_their_modes(shell: Shell) -> None:
    started = shell.json("init", "new/grant.yaml", "--name", "acme", expect=0)
    modes = {one["name"]: one["mode"] for one in started["clusters"]}
    assert modes == {
        "prod": "API",
        "staging": "API_AND_CONFIG_MAP",
        "legacy": "CONFIG_MAP",
        "not-the-grants": "API",
    }
    text = (shell.world.path.parent / "new" / "grant.yaml").read_text()
    assert "111122223333" in text
    assert "\nidentity: trust-role\n" in text
    assert "Authentication mode CONFIG_MAP" in text
    again = shell.run("init", "new/grant.yaml", expect=2)
    assert "already exists" in again.stderr
