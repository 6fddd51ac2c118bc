"""For any unusable file, a command ends within seconds, with a message and the exit code of wrong usage."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leastway import cli
from leastway.custody import FirstKeys
from leastway.errors import LeastwayError
from leastway.grant import load_grant
from leastway.grant import source as grant_source
from leastway.grant.problem import GrantError
from leastway.lint.readers import read_policies, yaml_values
from leastway.policy import PolicyError
from leastway.primitives import Secret

BASE = Path(__file__).parents[2] / "cases" / "grant" / "base"
DEEP = 100_000


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 20)


FILES: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "link to itself": lambda path: path.symlink_to(path.name),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "folder": Path.mkdir,
    "100 MB": sparse,
    "deep JSON": lambda path: path.write_bytes(b"[" * DEEP),
    "deep YAML": lambda path: path.write_bytes(b"# AWS::\na: " + b"{a: " * DEEP),
    "alias bomb": lambda path: path.write_text(bomb()),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "empty": lambda path: path.write_bytes(b""),
}
COMMANDS = [
    ["plan", "FILE"],
    ["apply", "FILE", "--yes"],
    ["prove", "FILE"],
    ["status", "FILE"],
    ["offboard", "FILE", "--yes"],
    ["rehearse", "FILE"],
    ["export", "aws-cli", "FILE", "--out", "out"],
    ["profile", "show", "./FILE"],
    ["profile", "diff", "humanitec", "./FILE"],
    ["policy", "lint", "FILE"],
    ["policy", "lint", "good.json", "--platform", "FILE"],
    ["policy", "compare", "FILE", "good.json"],
    ["policy", "test", "FILE"],
    ["policy", "eval", "FILE"],
    [
        "policy",
        "eval",
        "--policy",
        "FILE",
        "--principal",
        "arn:aws:iam::111122223333:user/x",
        "--action",
        "s3:GetObject",
    ],
]


def bomb() -> str:
    lines = [f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]
    return "# AWS::\na0: &a0 [x]\n" + "\n".join(lines) + "\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEASTWAY_STATE", str(tmp_path / "state"))
    monkeypatch.setattr("leastway.primitives.file.FOR_A_WRITER", 0.1)
    monkeypatch.setattr(yaml_values, "_DIALECT", replace(yaml_values._DIALECT, most_events=5_000))
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("kind", "words"),
    [(kind, words) for kind in FILES for words in COMMANDS if (kind, words) != ("folder", ["policy", "lint", "FILE"])],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_an_unusable_file_is_wrong_usage(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str, words: list[str]
) -> None:
    (here / "good.json").write_text((BASE / "policies" / "s3.json").read_text())
    FILES[kind](here / "f.yaml")
    monkeypatch.setattr(sys, "argv", ["leastway", *(word.replace("FILE", "f.yaml") for word in words)])
    began = time.monotonic()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    output = capsys.readouterr()
    assert time.monotonic() - began < 20
    is_not_compared = kind == "100 MB" and "compare" in words  # the limit of a proof makes the verdict unknown
    assert ended.value.code == (4 if is_not_compared else 2), output
    assert "f.yaml" in output.err + output.out
    assert "internal error" not in output.err + output.out


@pytest.mark.parametrize("kind", ["pipe", "link to itself", "device"])
def test_unreadable_files_do_not_stop_linting_a_folder(here: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "good.json").write_text((BASE / "policies" / "s3.json").read_text())
    FILES[kind](here / "f.yaml")
    monkeypatch.setattr(sys, "argv", ["leastway", "policy", "lint", "."])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (3, 4)


@pytest.mark.parametrize("kind", ["pipe", "link to itself", "device", "100 MB"])
@pytest.mark.parametrize("name", ["policies/s3.json", "rbac/deployer.yaml"])
def test_an_unusable_file_in_a_grant_is_reported_where_it_is_named(tmp_path: Path, kind: str, name: str) -> None:
    import shutil

    shutil.copytree(BASE, tmp_path / "grant")
    path = tmp_path / "grant" / name
    path.unlink()
    FILES[kind](path)
    with pytest.raises(GrantError) as caught:
        load_grant(tmp_path / "grant" / "grant.yaml")
    assert {problem.rule for problem in caught.value.problems} <= {"unreadable-file", "file-outside-folder"}


@pytest.mark.parametrize("kind", ["pipe", "link to itself", "device", "100 MB"])
def test_keys_are_not_written_to_what_is_not_a_folder(tmp_path: Path, kind: str) -> None:
    FILES[kind](tmp_path / "keys")
    with pytest.raises(LeastwayError, match="cannot be written"):
        FirstKeys(tmp_path / "keys").keep("111122223333", "humanitec", "AKIAX", Secret("s"))


def test_a_grant_with_too_many_values_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(grant_source._DIALECT, most_events=1000)
    monkeypatch.setattr(grant_source, "_DIALECT", few)
    (tmp_path / "grant.yaml").write_text("- x\n" * 2000)
    with pytest.raises(GrantError) as caught:
        load_grant(tmp_path / "grant.yaml")
    assert caught.value.problems[0].rule == "too-many"


@pytest.mark.parametrize(
    "text",
    [
        "# AWS::\na: " + "[" * DEEP,
        "# AWS::\na: " + "{a: " * DEEP,
        "# AWS::\n" + "- " * DEEP,
        '{"Statement":' + "[" * 900,
    ],
    ids=["flow list", "flow map", "block list", "JSON"],
)
def test_text_that_is_nested_too_deeply_is_rejected(text: str) -> None:
    with pytest.raises(PolicyError):
        read_policies(text)
