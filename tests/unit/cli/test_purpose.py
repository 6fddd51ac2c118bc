"""Which commands work with a grant whose access may not be given, and what they say about it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import pytest

from leastway.app import wiring
from leastway.cli import main
from leastway.errors import ExitCode, LeastwayError
from leastway.grant import Purpose

GRANT = """\
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
platform: humanitec
accounts:
  - id: "111122223333"
    region: eu-central-1
    clusters: [{name: prod, access: [{policy: view, namespaces: [shop], unsafe_reason: it was cluster-admin before}]}]
"""


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["leastway", *words])
    with pytest.raises(SystemExit) as error:
        main()
    assert isinstance(error.value.code, int)
    return error.value.code


@pytest.fixture
def opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Purpose]:
    """The purposes for which commands open a grant, which is the last thing that they do here."""
    monkeypatch.chdir(tmp_path)
    Path("grant.yaml").write_text(GRANT)
    found: list[Purpose] = []

    def opened(_: Path, *, purpose: Purpose = Purpose.GIVE, **__: object) -> NoReturn:
        found.append(purpose)
        raise LeastwayError("it was opened")

    monkeypatch.setattr(wiring, "opened", opened)
    return found


@pytest.mark.parametrize(
    ("words", "purpose"),
    [
        ("revoke --yes", Purpose.TAKE),
        ("offboard --yes", Purpose.TAKE),
        ("status", Purpose.LOOK),
        ("revoke --restore --yes", Purpose.GIVE),
        ("plan", Purpose.GIVE),
        ("apply --yes", Purpose.GIVE),
        ("verify", Purpose.GIVE),
        ("prove", Purpose.GIVE),
        ("show", Purpose.GIVE),
        ("rotate --yes", Purpose.GIVE),
        ("export html --out review.html", Purpose.GIVE),
    ],
)
def test_each_command_says_what_it_reads_the_grant_for(
    opening: list[Purpose], monkeypatch: pytest.MonkeyPatch, words: str, purpose: Purpose
) -> None:
    assert ended(monkeypatch, *words.split()) == ExitCode.INCOMPLETE
    assert opening == [purpose]


@pytest.mark.parametrize("words", ["plan", "revoke --restore --yes"])
def test_access_is_not_given_with_a_reason_that_explains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("grant.yaml").write_text(GRANT)
    assert ended(monkeypatch, *words.split()) == ExitCode.USAGE
    assert "[needless-reason]" in capsys.readouterr().err


def test_the_objections_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEASTWAY_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    Path("grant.yaml").write_text(GRANT)
    ended(monkeypatch, "status", "--quick")
    err = capsys.readouterr().err
    assert err.startswith("note: grant.yaml:8:")
    assert "grant.yaml: 1 problem, for which apply refuses this grant; this command goes on" in err
