"""`leastway rotate` as a user sees it, on accounts in memory: rotations, a way back, and what is refused.

LEASTWAY_WRITE_GOLDEN=1 writes the transcripts again.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.cli.progress import TerminalProgress
from leastway.custody import FirstKeys, RotatedKeys
from leastway.errors import LeastwayError
from leastway.estate import AccessKey
from leastway.humanitec import HumanitecApi
from leastway.ports import CallerIdentity, FailedCall, SessionKeys
from leastway.ports.memory_keys import MemoryUserKeys
from leastway.reconcile import Convergence
from tests.unit.app.conftest import grant, sites
from tests.unit.app.conftest import open_grant as applied_nothing
from tests.unit.cli.conftest import Run, run
from tests.unit.compiler.conftest import ACCOUNT
from tests.unit.reconcile.test_apply import QuickClock

__all__ = ["applied_nothing", "grant", "run", "sites"]

FOLDER = Path(__file__).parent
USER = "humanitec"
DAY = dt.timedelta(days=1).total_seconds()


@dataclass
class Aws:
    """The user's keys, and calls with them."""

    keys: MemoryUserKeys
    clock: QuickClock

    def guest(self, keys: SessionKeys, _region: str, _address: str | None = None) -> Any:
        aws = self

        class Guest:
            def identity(self) -> CallerIdentity | FailedCall:
                live = aws.keys.keys.get(keys.key_id)
                if live is None or not live.is_active:
                    return FailedCall(False, "InvalidClientTokenId")
                aws.keys.used(keys.key_id)
                return CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/{USER}", "AIDA1")

            def list_clusters(self) -> FailedCall:
                return FailedCall(True, "AccessDenied: the address is not on the list")

        return Guest()


@pytest.fixture
def aws(applied_nothing: OpenGrant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """A user with one key that is 100 days old, created by leastway."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    clock = applied_nothing.clock
    assert isinstance(clock, QuickClock)
    first = FirstKeys(tmp_path / "keys")
    keys = MemoryUserKeys(ACCOUNT, USER, first, clock)
    first.intend(ACCOUNT, USER, frozenset())
    keys.create()
    keys.custody = RotatedKeys(first, ACCOUNT, USER)
    clock.sleep(100 * DAY)
    aws = Aws(keys, clock)
    monkeypatch.setattr("leastway.app.rotate.Guests", lambda: aws)
    return aws


@pytest.fixture
def open_grant(applied_nothing: OpenGrant, aws: Aws) -> OpenGrant:
    """The scenario of the example `seed`, applied."""
    assert apply_plan(applied_nothing, make_plan(applied_nothing)).is_complete
    first = aws.keys.all()[0].id
    applied_nothing.store.remember_made(applied_nothing.grant.name, {AccessKey(ACCOUNT, USER).address: first})
    return replace(
        applied_nothing, user_keys=lambda *_: aws.keys, convergence=Convergence(successes=2, interval=1, deadline=10)
    )


Told = Callable[..., None]


@pytest.fixture
def told(run: Run, tmp_path: Path) -> Any:
    """Runs commands and notes what they print; compares it with a file at the end."""
    monkey_columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "110"
    lines: list[str] = []

    def tell(command: str, remark: str = "") -> str:
        code, out, err = run(*command.split())
        head = f"# {remark}\n" if remark else ""
        text = f"{head}$ leastway {command}\n{out}{err}exit {code}\n".replace(str(tmp_path), "STATE")
        lines.append(text)
        return out

    def compare(name: str) -> None:
        path = FOLDER / f"{name}.txt"
        text = "\n".join(lines)
        if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
            path.write_text(text)
        assert text == path.read_text()

    tell.compare = compare  # type: ignore[attr-defined]
    yield tell
    if monkey_columns is None:
        del os.environ["COLUMNS"]
    else:
        os.environ["COLUMNS"] = monkey_columns


def confirmations(out: str) -> str:
    places = json.loads(out)["rotations"][0]["places"]
    return " ".join(f"--confirmed {place['place']}" for place in places if not place["confirmed"])


def test_a_rotation_replaces_the_key(told: Any, aws: Aws) -> None:
    told("rotate --older-than 120d", "the key is too young")
    told("rotate", "there is no terminal")
    told("rotate --yes")
    out = told("rotate --yes --json", "the same for programs")
    told("rotate --yes --confirmed account/acme", "a wrong name")
    first, *rest = confirmations(out).split(" --confirmed ")
    told(f"rotate --yes {first}")
    told("status", "two keys, both known")
    told("rotate --yes --confirmed " + " --confirmed ".join(rest))
    aws.clock.sleep(1800)
    aws.keys.used(aws.keys.all()[0].id)
    aws.clock.sleep(1800)
    told("rotate --yes", "an hour later; something still used the old key")
    aws.clock.sleep(3600)
    told("rotate --yes", "another hour later")
    aws.clock.sleep(7 * DAY)
    told("rotate --yes", "a week later")
    told("status")
    told("rotate --rollback --yes", "too late")
    told.compare("rotation")


def test_a_rotation_can_be_taken_back(told: Any, aws: Aws) -> None:
    told("rotate --rollback --yes", "nothing has begun")
    out = told("rotate --yes --json")
    told(f"rotate --yes {confirmations(out)} --drain 0")
    told("rotate --rollback --yes")
    told("rotate --yes", "forward again is refused")
    out = told("rotate --rollback --yes --json")
    told(f"rotate --rollback --yes {confirmations(out)}")
    told.compare("rollback")


def test_the_platform_is_updated_through_its_api(told: Any, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, str]] = []

    def give_key(_api: HumanitecApi, account: str, key: SessionKeys) -> None:
        if not given and aws.clock.seconds < 101 * DAY:
            aws.clock.sleep(DAY)
            raise LeastwayError("the platform's API answered with 503", where="https://platform.example")
        given.append((account, key.key_id))

    monkeypatch.setattr(HumanitecApi, "give_key", give_key)
    for name in ("HUMANITEC_ORG", "HUMANITEC_TOKEN", "HUMANITEC_URL"):
        monkeypatch.delenv(name, raising=False)
    told("rotate --yes --update-platform", "the token is missing")
    monkeypatch.setenv("HUMANITEC_ORG", "acme")
    monkeypatch.setenv("HUMANITEC_TOKEN", "a-token")
    told("rotate --yes --update-platform", "the platform does not answer")
    told("rotate --yes --update-platform", "once more: only what leastway cannot do is left")
    assert given == [(f"acme-{ACCOUNT}", aws.keys.all()[1].id)]
    told.compare("update-platform")


def test_a_person_is_asked_for_each_place_without_a_progress_bar_over_the_question(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    answers = {"account/acme-111122223333": True}

    def confirm(question: str, **_: Any) -> bool:
        events.append(question)
        return answers.get(question.removeprefix("Is ").removesuffix(" done?"), question.startswith("Create"))

    for name in ("phase", "rest"):
        monkeypatch.setattr(TerminalProgress, name, lambda *_, name=name: events.append(name))
    monkeypatch.setattr("click.confirm", confirm)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    code, out, _ = run("rotate")
    assert code == 1
    clusters = [f"cluster/acme-{ACCOUNT}-eu-central-1-{name}" for name in ("api", "both", "map")]
    asked = [event for event in events if event not in ("phase", "rest")]
    assert asked == [
        f"Create a new key for {USER} in {ACCOUNT}?",
        *(f"Is {place} done?" for place in (f"account/acme-{ACCOUNT}", *clusters)),
    ]
    for question in asked[:2]:
        assert events[events.index(question) - 1] == "rest"
    assert "3 places must have the new key" in out


def test_what_is_refused(told: Any, aws: Aws, open_grant: OpenGrant) -> None:
    aws.keys.used(aws.keys.add())
    told("rotate --yes", "two keys, one of them unknown")
    told("status")
    aws.keys.delete(aws.keys.all()[1].id)
    aws.keys.delete(aws.keys.all()[0].id)
    told("rotate --yes", "no key")
    told("rotate --soak soon --yes", "not a duration")
    told.compare("refused")
