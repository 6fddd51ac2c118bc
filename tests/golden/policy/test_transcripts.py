"""`leastway policy` as a user sees it: each file has a command, its output and its exit code.

LEASTWAY_WRITE_GOLDEN=1 writes the files again.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from leastway.cli import main
from leastway.policy.catalog import load_catalog

FOLDER = Path(__file__).parent
COMMANDS = {
    "help": "policy --help",
    "eval-help": "policy eval --help",
    "test-help": "policy test --help",
    "compare-help": "policy compare --help",
    "lint-help": "policy lint --help",
    "eval-denied": "policy eval --policy reader.json --policy writer.json"
    " --principal arn:aws:iam::111122223333:user/ann --action s3:PutObject --resource arn:aws:s3:::shop/a",
    "eval-allowed": "policy eval --policy reader.json --boundary writer.json --context aws:SecureTransport=true"
    " --principal arn:aws:iam::111122223333:user/ann --action s3:GetObject --resource arn:aws:s3:::shop/a",
    "eval-request-file": "policy eval request.json",
    "eval-json": "policy eval request.json --json",
    "eval-broken": "policy eval --policy broken.json --principal 111122223333 --action s3:GetObject",
    "test-failed": "policy test cases.jsonl passing.jsonl",
    "test-passed": "policy test passing.jsonl",
    "test-invalid": "policy test not-a-case.jsonl passing.jsonl",
    "test-json": "policy test cases.jsonl --json",
    "compare-refuted": "policy compare writer.json reader.json",
    "compare-proved": "policy compare reader.json reader.json",
    "compare-json": "policy compare writer.json reader.json --json",
    "lint-clean": "policy lint reader.json",
    "lint-findings": "policy lint admin.json",
    "lint-template": "policy lint roles.yaml",
    "lint-parameter": "policy lint roles.yaml --parameter Bucket=arn:aws:s3:::shop/*",
    "lint-broken": "policy lint broken.json",
    "lint-folder": "policy lint . --allow full-privileges='it is only an example'"
    " --allow defeated-external-id@roles.yaml='it is only an example' --json",
    "lint-no-policy": "policy lint cases.jsonl",
    "lint-unknown-rule": "policy lint reader.json --allow full-priviliges=x",
}


def run(command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(FOLDER / "files")
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.setattr("sys.argv", ["leastway", *shlex.split(command)])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsys.readouterr()
    return settled(f"$ leastway {command}\n{output.out}{output.err}exit {int(ended.value.code or 0)}\n")


def settled(text: str) -> str:
    """Replace what changes with the data package: the date and version of the catalog."""
    catalog = load_catalog()
    return text.replace(str(catalog.updated), "CATALOG-DAY").replace(catalog.version, "CATALOG-VERSION")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_prints_its_transcript(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = FOLDER / f"{name}.txt"
    seen = run(COMMANDS[name], capsys, monkeypatch)
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        path.write_text(seen)
    assert seen == path.read_text()


def test_every_transcript_has_a_command() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(COMMANDS)
