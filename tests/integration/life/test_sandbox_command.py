"""`leastway sandbox` as a person runs it: a process of its own, and the ordinary commands in its environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from leastway.sandbox.assets import VARIABLE
from tests.integration.life.desk import need
from tests.outputs import check_output

pytestmark = pytest.mark.integration

LEASTWAY = Path(sys.executable).with_name("leastway")
IN_PROC = pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc which processes run")
NOTHING: Mapping[str, str] = {}
REAL = {
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_EKS": "http://127.0.0.1:9",
    "LEASTWAY_STORE": "postgresql://production/leastway",
    "KUBECONFIG": "/home/me/.kube/config",
    "HTTP_PROXY": "http://127.0.0.1:9",
}
"""What a person has in her shell, and no command of a sandbox may use."""


def of_the_machine(folder: Path, given: Mapping[str, str] = NOTHING, *, small: bool = True) -> dict[str, str]:
    left_out = ("AWS_", "LEASTWAY_", *([VARIABLE] if small else []))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "HOME": str(folder), "TMPDIR": str(folder), **given}


def run(folder: Path, *command: str, environment: Mapping[str, str], expect: int) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == expect, f"{command} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


def sandbox(
    folder: Path, *arguments: str, given: Mapping[str, str] = NOTHING, expect: int = 0, small: bool = True
) -> subprocess.CompletedProcess[str]:
    environment = of_the_machine(folder, given, small=small)
    return run(folder, str(LEASTWAY), "sandbox", *arguments, environment=environment, expect=expect)


@dataclass(frozen=True)
class Up:
    """A sandbox that is up; `said` is its JSON, `path` the PATH of the commands that use it."""

    process: subprocess.Popen[str]
    folder: Path
    path: str
    said: dict[str, Any]

    def leastway(self, command: str, *arguments: str, expect: int) -> Any:
        words = ("leastway", command, self.said["grant"], *arguments)
        done = run(self.folder, *words, environment=self.environment, expect=expect)
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in self.said["unset"]}
        return {**kept, "PATH": self.path, **self.said["environment"]}

    def client(self, service: str) -> Any:
        variables = self.said["environment"]
        make: Any = boto3.client  # its overloads want the service's name as a literal
        return make(
            service,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=variables["AWS_REGION"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )


@contextmanager
def up(folder: Path, path: str, *arguments: str) -> Iterator[Up]:
    process = subprocess.Popen(
        [str(LEASTWAY), "sandbox", *arguments, "--json"],
        cwd=folder,
        env=of_the_machine(folder),
        stdin=subprocess.DEVNULL,
        preexec_fn=default_signals,  # noqa: PLW1509  # it only sets signals
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = json.load(process.stdout)  # to its end: standard output is closed
        check_output(said, "sandbox")
        yield Up(process, folder, path, said)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def all_below(pid: int) -> list[int]:
    return [each for child in children(pid) for each in (child, *all_below(child))]


def default_signals() -> None:
    """Restore signals in a child: a test run in the background of a shell ignores some, and so would the child."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_clean(folder: Path, processes: list[int]) -> bool:
    """Wait until none of the processes lives and the folder is empty; say whether that came."""
    deadline = time.monotonic() + 10
    while any(map(lives, processes)) or list(folder.iterdir()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_grant_is_practised_from_the_plan_to_the_offboarding(warm_path: str, tmp_path: Path) -> None:
    with up(tmp_path, warm_path, "--example", "seed") as it:
        plan = it.leastway("plan", "--json", expect=3)
        assert {change["action"] for change in plan["changes"]} == {"create"}
        it.leastway("apply", "--yes", expect=0)
        assert it.leastway("plan", "--json", expect=0)["clean"] is True

        eks = it.client("eks")
        arn = eks.describe_cluster(name="prod")["cluster"]["arn"]
        eks.untag_resource(resourceArn=arn, tagKeys=["Humanitec"])
        drift = [each for each in it.leastway("plan", "--json", expect=3)["changes"] if each["action"] != "none"]
        assert [each["address"] for each in drift] == ["111122223333/eu-central-1/prod/cluster-tag/Humanitec"]

        eks.tag_resource(resourceArn=arn, tags={"Humanitec": "true"})
        assert it.leastway("plan", "--json", expect=0)["clean"] is True
        verified = it.leastway("verify", "--platform-profile", it.said["platform_profile"], "--json", expect=4)
        answers = verified["answers"]
        tried = [each for each in answers if each["evidence"] in (None, "tried")]
        assert {each["got"] for each in tried} == {"denied", "skipped"}
        assert all(each["agrees"] for each in answers if each not in tried)
        assert "Nothing left" in it.leastway("offboard", "--yes", expect=0)
        assert [user["UserName"] for user in it.client("iam").list_users()["Users"]] == ["admin"]
    assert list(tmp_path.iterdir()) == []


def test_two_sandboxes_stand_next_to_each_other(warm_path: str, tmp_path: Path) -> None:
    with (
        up(tmp_path, warm_path, "--example", "two-accounts") as one,
        up(tmp_path, warm_path, "--example", "two-accounts") as two,
    ):
        one.leastway("apply", "--yes", expect=0)
        assert one.leastway("plan", "--json", expect=0)["clean"] is True
        plan = two.leastway("plan", "--json", expect=3)
        assert {change["action"] for change in plan["changes"]} == {"create"}
        assert not plan["unreadable"]


CLUSTERS = """
    clusters:
      - {name: one, access: [{policy: edit, namespaces: [shop]}]}
      - {name: two, access: [{policy: edit, namespaces: [shop]}]}
      - {name: three, access: [{group: shop, rules: rules.yaml, namespaces: [shop]}]}
"""
GRANT = f"""
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {{name: acme}}
platform: humanitec
accounts:
  - id: "111122223333"
    region: eu-central-1
    access: {{profile: "acme production"}}{CLUSTERS}
  - id: "444455556666"
    region: eu-west-1
    access:
      assume_role: arn:aws:iam::444455556666:role/teams/operator
      external_id: 8f1d9c1e-an-id-of-theirs{CLUSTERS}
  - id: "777788889999"
    region: eu-central-1{CLUSTERS}
  - id: "222233334444"
    region: eu-central-1{CLUSTERS}"""
RULES = '[{apiGroups: [""], resources: [pods], verbs: [get]}]\n'


def test_every_way_in_works_and_a_second_ambient_account_is_told_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "grant.yaml"
    (tmp_path / "rules.yaml").write_text(RULES)
    path.write_text(GRANT)
    script = f"{LEASTWAY} plan --json > plan.json"
    said = sandbox(tmp_path, "--", "sh", "-c", script, given=REAL, expect=4).stderr
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert {each["where"].partition("/")[0] for each in plan["unreadable"]} == {"222233334444"}
    assert "the credentials in the environment are those of account 777788889999" in said
    assert "account 222233334444: `access: ambient` leads to 777788889999" in said

    path.write_text(path.read_text() + '    access: {profile: "222233334444"}\n')
    said = sandbox(tmp_path, "--", "sh", "-c", script, given=REAL, expect=3).stderr
    assert not json.loads((tmp_path / "plan.json").read_text())["unreadable"]
    assert "leads to" not in said


def test_the_exit_code_of_the_command_is_passed_through_and_a_named_state_folder_stays(tmp_path: Path) -> None:
    script = f'{LEASTWAY} plan "$LEASTWAY_SANDBOX_GRANT" || exit 7'
    done = sandbox(tmp_path, "--state", "practice", "--", "sh", "-c", script, expect=7)
    assert "Plan: 21 to create" in done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["practice"]
    assert (tmp_path / "practice" / "leastway.db").is_file()


def test_a_command_that_a_signal_ended_gives_128_and_its_number(tmp_path: Path) -> None:
    assert sandbox(tmp_path, "--", "sh", "-c", "kill -KILL $$", expect=137).stdout == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--", "no-such-command"], "command no-such-command does not exist"),
        (["--"], "give a command after --"),
        (["--json", "--", "true"], "give --json or a command, not both"),
        (["grant.yaml", "--example", "seed"], "give a grant or an example, not both"),
        (["--state", ".local/state/leastway"], "this folder holds the state of your real accounts"),
    ],
)
def test_wrong_usage_is_refused_before_anything_starts(tmp_path: Path, arguments: list[str], reason: str) -> None:
    (tmp_path / "grant.yaml").touch()
    assert reason in sandbox(tmp_path, *arguments, expect=2).stderr
    assert [each.name for each in tmp_path.iterdir()] == ["grant.yaml"]


def test_nothing_of_the_persons_own_environment_is_used(tmp_path: Path) -> None:
    variables = dict(
        line.partition("=")[::2] for line in sandbox(tmp_path, "--", "env", given=REAL).stdout.splitlines()
    )
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_EKS"} & variables.keys()
    ours = {variables[name] for name in ("LEASTWAY_STORE", "LEASTWAY_STATE", "KUBECONFIG", "AWS_CONFIG_FILE")}
    assert all(value.startswith(str(tmp_path)) for value in ours)
    assert variables["NO_PROXY"] == variables["no_proxy"] == "127.0.0.1"


def test_a_shell_evaluates_the_output_and_ends_the_sandbox_by_its_process_id(tmp_path: Path) -> None:
    script = f"""
        eval "$({LEASTWAY} sandbox &)"
        echo "$AWS_PROFILE"
        {LEASTWAY} plan "$LEASTWAY_SANDBOX_GRANT" > /dev/null
        echo $?
        kill $LEASTWAY_SANDBOX_PID
        while kill -0 $LEASTWAY_SANDBOX_PID 2> /dev/null; do sleep 0.1; done
    """
    done = run(tmp_path, "sh", "-c", script, environment=of_the_machine(tmp_path, REAL), expect=0)
    assert done.stdout == "\n3\n"
    assert list(tmp_path.iterdir()) == []


@IN_PROC
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_no_process_and_no_file(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [str(LEASTWAY), "sandbox"],
        cwd=tmp_path,
        env=of_the_machine(tmp_path),
        stdin=subprocess.DEVNULL,
        preexec_fn=default_signals,  # noqa: PLW1509  # it only sets signals
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"export AWS_ENDPOINT_URL=" in process.stdout.read()
    below = all_below(process.pid)
    assert below
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (-number if number is signal.SIGKILL else 0), said
    assert is_clean(tmp_path, below)


@IN_PROC
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_passed_on_to_the_command_which_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    script = "import time; print('up', flush=True); time.sleep(300)"
    process = subprocess.Popen(
        [str(LEASTWAY), "sandbox", "--", sys.executable, "-c", script],
        cwd=tmp_path,
        env=of_the_machine(tmp_path),
        stdin=subprocess.DEVNULL,
        preexec_fn=default_signals,  # noqa: PLW1509  # it only sets signals
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # no terminal, wherever the tests run
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    below = all_below(process.pid)
    assert len(below) >= 2
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert is_clean(tmp_path, below)


def test_kubectl_has_a_context_for_each_cluster(tmp_path: Path) -> None:
    need("kubectl")
    who = "kubectl --context $each auth whoami -o jsonpath='{.status.userInfo.username} '"
    script = f"for each in dev prod reports; do {who}; done"
    done = sandbox(tmp_path, "--example", "two-accounts", "--", "sh", "-c", script, small=False)
    accounts = ("111122223333", "444455556666", "444455556666")
    assert done.stdout.split() == [f"arn:aws:iam::{account}:user/admin" for account in accounts]
    assert "kubectl contexts (kube-apiserver v" in done.stderr
