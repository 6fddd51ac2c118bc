"""Any value in a description or a policy reaches the AWS CLI unchanged, and no part of it is executed.

The script runs with an `aws` that records the arguments of each command. It reads `file://` as the real one does, so a
value that only looks like a file name must not be read as a file.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.estate import Estate, Role
from leastway.export import FORMATS, ExportRequest
from leastway.policy import Document, PolicyKind, parse_policy, render

ACCOUNT = "111122223333"
AWS = """#!/bin/sh
printf '%s\\0' "$#" >>"$CALLS"
for word in "$@"; do
  case $word in
    --*=file://*) printf '%s=' "${word%%=*}"; cat -- "${word#*=file://}" ;;
    file://*) cat -- "${word#file://}" ;;
    *) printf '%s' "$word" ;;
  esac
  printf '\\0'
done >>"$CALLS"
case "$*" in
  *get-caller-identity*) echo 111122223333 ;;
  *get-role*) echo 'An error occurred (NoSuchEntity)' >&2; exit 254 ;;
esac
"""
HOSTILE = st.sampled_from(
    (
        *("'; touch ran; '", "$(touch ran)", "`touch ran`", '"; touch ran; "', "&& touch ran", "\nEOF\ntouch ran\n"),
        *("\\", "\n", "\t", "a\n  b", "--x", "%s", "!!", "${HOME}", "#", "|", "*", "~", "é"),
        *("file:///etc/hostname", "https://127.0.0.1/"),
    )
)
LATIN = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=8)
# The characters that IAM accepts in a description: API reference, CreateRole.
DESCRIPTIONS = st.lists(HOSTILE | LATIN, min_size=1, max_size=4).map("".join).filter(bool)
TEXTS = st.lists(HOSTILE | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=3).map("".join)


def document_of(text: str) -> Document:
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop/*",
        "Condition": {"StringEquals": {"s3:prefix": text}},
    }
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind=PolicyKind.IDENTITY)


TRUST = parse_policy(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::767398028804:user/humanitec"},
            "Action": "sts:AssumeRole",
        },
    },
    kind=PolicyKind.TRUST,
)


def calls_of(script: str) -> list[list[str]]:
    """Run the script in an empty folder and return the arguments of its commands; it must create no files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools, home = folder / "tools", folder / "home"
        tools.mkdir()
        home.mkdir()
        (tools / "aws").write_text(AWS)
        (tools / "aws").chmod(0o700)
        (folder / "script.sh").write_text(script, encoding="utf-8")
        environment = {"PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(folder / "calls"), "HOME": str(home)}
        done = subprocess.run(
            ["sh", str(folder / "script.sh")], cwd=home, env=environment, capture_output=True, timeout=20, check=False
        )
        assert done.returncode == 0, done.stderr
        assert list(home.iterdir()) == []
        noted = iter((folder / "calls").read_bytes().decode().split("\0")[:-1])
    return [[next(noted) for _ in range(int(number))] for number in noted]


def value_of(call: list[str], option: str) -> str:
    for number, word in enumerate(call):
        if word == option:
            return call[number + 1]
        if word.startswith(f"{option}="):
            return word.removeprefix(f"{option}=")
    raise AssertionError(f"{option} is not in {call}")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(DESCRIPTIONS, TEXTS, st.sampled_from(["s3", "-x", "a.b", "--role-name"]))
def test_any_value_reaches_the_aws_cli_unchanged(description: str, text: str, policy: str) -> None:
    role = Role(ACCOUNT, "humanitec-s3", TRUST, inline=((policy, document_of(text)),), description=description)
    request = ExportRequest("humanitec", "test", Estate.of("acme", [role]), "aws-cli")
    calls = calls_of(FORMATS["aws-cli"].export(request)[f"{ACCOUNT}.sh"])
    (made,) = (call for call in calls if call[1] == "create-role")
    (put,) = (call for call in calls if call[1] == "put-role-policy")
    assert value_of(made, "--description") == description
    assert json.loads(value_of(made, "--assume-role-policy-document")) == render(TRUST)
    assert value_of(put, "--policy-name") == policy
    assert json.loads(value_of(put, "--policy-document")) == render(document_of(text))
