"""No text of live objects, files or errors controls the terminal or begins a line of its own.

Each command is run with hostile texts: in tags, owners, descriptions, policies, RBAC rules, names of files and error
messages.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leastway import cli
from leastway.app.open_grant import OpenGrant
from leastway.errors import LeastwayError
from leastway.estate import Address, EstateObject, Mark, Observed, Owner, Place, Realm, Unreadable
from leastway.policy import Document, PolicyKind, parse_policy
from leastway.ports import Observation, PrincipalState, Site
from leastway.ports.memory import MemorySites
from leastway.rbac import RbacRule
from tests.unit.app.conftest import grant, open_grant, sites

__all__ = ["grant", "open_grant", "sites"]

HOSTILE = (
    "x\x1b]0;t\x07\x1b[2J\nFORGED [red]\rFORGED\x85FORGED\u2028FORGED\u202e\u2066\u200b\u200e\x9b\x7f\ud800\U000e0041"
)
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "x",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{HOSTILE[:-2]}",
            "Condition": {"StringEquals": {f"aws:{HOSTILE[:-2]}": HOSTILE[:-2]}},
        }
    ],
}


def hostile(candidate: EstateObject) -> EstateObject:
    """Return the object with a hostile text in every field that is not part of its address."""
    changed: dict[str, Any] = {}
    for spec in dataclasses.fields(candidate):
        match getattr(candidate, spec.name):
            case Document() as document:
                changed[spec.name] = parse_policy(POLICY, kind=document.kind, objections=[])
            case str():
                changed[spec.name] = HOSTILE
            case frozenset():
                changed[spec.name] = frozenset({HOSTILE})
            case (RbacRule(), *_):
                changed[spec.name] = (RbacRule((HOSTILE,), (HOSTILE,), (HOSTILE,), (HOSTILE,), (HOSTILE,)),)
            case ((str(), Document()), *_):
                changed[spec.name] = ((HOSTILE, parse_policy(POLICY, kind=PolicyKind.IDENTITY)),)
    for name in list(changed):
        if replace(candidate, **{name: changed[name]}).address != candidate.address:
            del changed[name]
    return replace(candidate, **changed)


class HostileSites:
    """Sites that answer by `mood`: with hostile objects or with hostile errors."""

    def __init__(self, sites: MemorySites, mood: str) -> None:
        self._sites = sites
        self._mood = mood

    def discover(self, places: Iterable[Place]) -> Mapping[Place, Any]:
        if self._mood == "unreadable":
            return {place: Unreadable(place, HOSTILE, HOSTILE) for place in places}
        return self._sites.discover(places)

    def site(self, realm: Realm, place: Place) -> Any:
        return _HostileSite(self._sites.site(realm, place), self._mood)

    def revoker(self, account: str) -> Any:
        match self._mood:
            case "refusing":
                raise LeastwayError(HOSTILE, where=HOSTILE, fix=HOSTILE)
            case "failing":
                raise RuntimeError(HOSTILE)
        return _HostileRevoker()


class _HostileSite:
    def __init__(self, site: Site, mood: str) -> None:
        self._site = site
        self._mood = mood

    def observe(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        match self._mood:
            case "refusing":
                raise LeastwayError(HOSTILE, where=HOSTILE, fix=HOSTILE)
            case "failing":
                raise RuntimeError(HOSTILE)
            case "changed" | "owned" | "marked":
                owner = Owner(HOSTILE, HOSTILE) if self._mood == "owned" else None
                mark = Mark(HOSTILE, HOSTILE) if self._mood == "marked" else Mark(grant)
                return Observation(
                    {each.address: Observed(hostile(each), mark, owner, HOSTILE) for each in wanted},
                    tuple(Unreadable(each.address, HOSTILE, HOSTILE) for each in wanted[:1]),
                )
        return self._site.observe(wanted, grant)

    read = observe

    def _fails(self, *_: Any) -> None:
        raise LeastwayError(HOSTILE, where=HOSTILE, fix=HOSTILE)

    create = update = delete = _fails


class _HostileRevoker:
    def state(self, _principal: Address) -> PrincipalState:
        return PrincipalState(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), HOSTILE, HOSTILE, keys={HOSTILE: True})

    def close(self, _role: Address, _since: dt.datetime) -> str:
        return HOSTILE

    def _fails(self, *_: Any, **__: Any) -> None:
        raise LeastwayError(HOSTILE, where=HOSTILE, fix=HOSTILE)

    open = put = set_key = _fails


COMMANDS = [
    ["plan"],
    ["plan", "--all"],
    ["plan", "--json"],
    ["plan", "--markdown", "--out", "plan.json"],
    ["apply", "--yes"],
    ["apply", "--yes", "--json"],
    ["prove", "--live"],
    ["prove", "--live", "--json"],
    ["prove"],
    ["status"],
    ["status", "--json"],
    ["verify"],
    ["revoke", "--yes"],
    ["revoke", "--yes", "--json"],
    ["revoke", "--restore", "--yes"],
    ["revoke", "--restore", "--yes", "--json"],
    ["offboard", "--yes"],
    ["offboard", "--yes", "--json"],
    ["export", "terraform", "--out", "out"],
    ["export", "aws-cli", "--check", "out"],
    ["export", "mermaid", "--out", "out"],
    ["export", "html", "--out", "review.html", "--live"],
]
MOODS = ["unreadable", "refusing", "failing", "changed", "owned", "marked", "well"]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    monkeypatch.chdir(tmp_path)
    Path("grant.yaml").touch()
    monkeypatch.setenv("LEASTWAY_STATE", str(tmp_path / "state"))
    before = signal.getsignal(signal.SIGTERM)

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["leastway", *words])
        with pytest.raises(SystemExit):
            cli.main()
        output = capsys.readouterr()
        return output.out + output.err

    yield run
    signal.signal(signal.SIGTERM, before)


def check(output: str) -> None:
    assert all(character.isprintable() or character == "\n" for character in output), output
    forged = [line for line in output.split("\n") if line.lstrip(" \"'-!?").startswith("FORGED")]
    assert not forged, output


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("mood", MOODS)
def test_live_texts_are_escaped(
    run: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    open_grant: OpenGrant,
    sites: MemorySites,
    words: list[str],
    mood: str,
) -> None:
    @contextmanager
    def opened(*_: Any, **__: Any) -> Iterator[OpenGrant]:
        yield replace(open_grant, sites=HostileSites(sites, mood))

    monkeypatch.setattr("leastway.app.wiring.opened", opened)
    output = run(*words)
    check(output)
    if mood not in ("well", "unreadable") and words[0] in ("plan", "status"):
        assert "FORGED" in output, "the hostile texts are not in the output"


@pytest.mark.parametrize(
    "words",
    [
        ["policy", "lint", "FILE"],
        ["policy", "lint", "."],
        ["policy", "lint", "FILE", "--json"],
        ["policy", "lint", "FILE", "--sarif"],
        ["policy", "lint", "FILE", "--allow", f"over-size={HOSTILE[:60]}"],
        ["policy", "compare", "FILE", "none.json"],
        ["policy", "compare", "FILE", "none.json", "--json"],
        ["policy", "test", "cases.jsonl"],
        ["policy", "test", "cases.jsonl", "--json"],
        [
            "policy",
            "eval",
            "--policy",
            "FILE",
            "--principal",
            f"arn:aws:iam::111122223333:user/{HOSTILE[:60]}",
            "--action",
            "s3:GetObject",
            "--resource",
            f"arn:aws:s3:::{HOSTILE[:60]}",
            "--context",
            f"aws:x={HOSTILE[:60]}",
        ],
        ["plan", f"{HOSTILE[:40]}.yaml"],
        ["profile", "show", f"./{HOSTILE[:40]}.yaml"],
        ["profile", "show", HOSTILE[:60]],
        ["rehearse", "--example", HOSTILE[:60]],
        ["export", "terraform", "--check", HOSTILE[:40]],
        [HOSTILE[:60]],
        ["plan", f"--{HOSTILE[:60]}"],
    ],
    ids=lambda words: " ".join(words).encode("ascii", "backslashreplace").decode()[:50],
)
def test_texts_of_files_and_arguments_are_escaped(run: Callable[..., str], tmp_path: Path, words: list[str]) -> None:
    name = f"{HOSTILE[:40].replace('/', '')}.json"
    (tmp_path / name).write_text(json.dumps(POLICY))
    (tmp_path / "none.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    case = {"id": HOSTILE, "identity_policies": [POLICY], "principal": "arn:aws:iam::111122223333:user/x"}
    case |= {"action": "s3:GetObject", "resource": f"arn:aws:s3:::{HOSTILE[:60]}", "expected": "explicitly_denied"}
    lines = [json.dumps(case), json.dumps({**case, HOSTILE: 1, "expected": HOSTILE}), HOSTILE[:30].replace("\n", "")]
    (tmp_path / "cases.jsonl").write_text("\n".join(lines))
    (tmp_path / f"{HOSTILE[:40]}.yaml").write_text("kind: \x1b[31mGrant\n")
    check(run(*(name if word == "FILE" else word for word in words)))
