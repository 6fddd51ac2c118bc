"""`leastway sandbox --platform`: the commands of docs/practice.md about the platform's side, and where they lead."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.life.test_platforms import written
from tests.integration.life.test_sandbox_command import LEASTWAY, run, sandbox, up

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs" / "practice.md"
SECTION = PAGE.read_text().partition("## The platform's side\n")[2].partition("\n## ")[0]
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", SECTION, re.M | re.S) for line in block.splitlines()]
SAID = re.compile(r"#.*?\bexits with (\d)")
ELSEWHERE = {
    "HUMANITEC_ORG": "production",
    "HUMANITEC_TOKEN": "a-token",
    "HUMANITEC_API_PREFIX": "http://127.0.0.1:9",
    "LEASTWAY_URL": "http://127.0.0.1:9",
    "LEASTWAY_TOKEN": "a-token",
    "LEASTWAY_DATABASE": "postgresql://production/leastway",
}
"""What leads to a platform of a person's own, and no command of a sandbox may use."""


def test_the_commands_of_the_page_do_what_it_says(warm_path: str, tmp_path: Path) -> None:
    opened, moved, *commands = COMMANDS
    assert opened.startswith("leastway sandbox --platform --example two-accounts -- ")
    assert moved.startswith("cd ")
    said: dict[str, str] = {}
    with up(tmp_path, warm_path, "--platform", "--example", "two-accounts") as it:
        assert it.said["server"] == it.said["environment"]["LEASTWAY_URL"]
        token = Path(it.said["environment"]["LEASTWAY_TOKEN_FILE"])
        assert token.stat().st_mode & 0o777 == 0o600
        switch = ""
        for line in commands:
            found = SAID.search(line)
            command = line.partition("  #")[0].strip().replace("SWITCH", switch)
            done = _in(it.said["grant"], command, it.environment)
            assert done.returncode == (int(found[1]) if found else 0), (command, done.stdout, done.stderr)
            said[line] = done.stdout + done.stderr
            if command.startswith("leastway kill on"):
                switch = done.stdout.split()[1]
    stopped, refused = (said[line] for line in commands if "exits with 1" in line)
    assert "a kill switch stops account acme-shop-111122223333" in stopped
    assert "not allowed to perform sts:AssumeRole" in refused
    log = said[commands[-1]]
    for action in ("account.created", "contract.stored", "credentials.handed-out", "kill-switch.on", "kill-switch.off"):
        assert action in log
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_that_is_repeated_says_when_aws_is_asked_again(warm_path: str, tmp_path: Path) -> None:
    with up(tmp_path, warm_path, "--platform", "--example", "two-accounts") as it:
        it.leastway("apply", "--yes", expect=0)
        it.leastway("register", "--yes", expect=0)
        it.leastway("revoke", "--yes", expect=4)
        words = (str(LEASTWAY), "credentials", "acme-shop-111122223333")
        first, second = (run(tmp_path, *words, environment=it.environment, expect=1).stderr for _ in range(2))
    assert "is asked again" not in first
    assert re.search(r"AWS is asked again after \d\d:\d\d:\d\d UTC", second)


@pytest.mark.parametrize("options", [[], ["--platform"]])
def test_no_command_reaches_a_platform_of_the_persons_own(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / ".humctl").write_text("apiPrefix: http://127.0.0.1:9\norg: production\ntoken: a-token\n")
    script = f'env; echo; {LEASTWAY} register --check "$LEASTWAY_SANDBOX_GRANT"; true'
    done = sandbox(tmp_path, *options, "--", "sh", "-c", script, given=ELSEWHERE)
    variables = dict(line.partition("=")[::2] for line in done.stdout.partition("\n\n")[0].splitlines())
    assert not {value for name, value in variables.items() if ELSEWHERE.get(name) == value}
    assert "HUMANITEC_ORG and HUMANITEC_TOKEN are not set" in done.stderr or options
    assert "127.0.0.1:9 " not in done.stdout + done.stderr
    assert "production" not in done.stdout + done.stderr


def test_a_platform_that_comes_in_with_tokens_has_no_server(tmp_path: Path) -> None:
    grant = written(tmp_path, "github-actions")
    said = sandbox(tmp_path, str(grant), "--platform", expect=2).stderr
    assert "github-actions comes in with tokens of its own, so its server cannot be practised" in said


def _in(grant: str, command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=Path(grant).parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
