"""What a restore of a backup loses: every action of the audit log is judged, and a new word of one fails this."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import leastway
from leastway.service.backup import is_lost_by_a_restore

ENTERS = re.compile(r"(?i:entry|enter)\(")
ACTION = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")
HARMLESS = frozenset(
    [
        "added",
        "called",
        "checked",
        "created",
        "deletion",
        "detached",
        "dropped",
        "found",
        "freed",
        "given",
        "in",
        "off",
        "pinned",
        "rebased",
        "refused",
        "restored",
        "revealed",
        "rewrapped",
        "unarchived",
        "unpinned",
        "up",
        "used",
        "written",
        "approved",
        "out",
    ]
)
"""Last words of actions that give nothing to anybody when they are undone."""


def _actions() -> Iterator[str]:
    """Yield what the source gives to whatever words an entry."""
    for path in Path(leastway.__file__).parent.rglob("*.py"):
        if ENTERS.search(text := path.read_text()) is None:
            continue
        for node in ast.walk(ast.parse(text)):
            called = getattr(node, "func", None)
            name = getattr(called, "attr", getattr(called, "id", ""))
            if isinstance(node, ast.Call) and name.lower().endswith(("entry", "enter")):
                for argument in node.args:
                    for each in ast.walk(argument):
                        if isinstance(each, ast.Constant) and isinstance(each.value, str):
                            yield each.value


def test_each_action_is_judged() -> None:
    found = {each for each in _actions() if ACTION.fullmatch(each)}
    assert len(found) > 80
    for action in found:
        word = re.split(r"[.-]", action)[-1]
        assert is_lost_by_a_restore(action) != (word in HARMLESS), action


@pytest.mark.parametrize(
    "action",
    [
        "kill-switch.on",
        "account.role-removed",
        "account.key-forgotten",
        "agent.key-deleted",
        "user.password-changed",
        "contract.stored",
        "definition.key-replaced",
        "object-role.changed",
        "token.revoked",
        "run.cancelled",
    ],
)
def test_what_stops_somebody_is_lost(action: str) -> None:
    assert is_lost_by_a_restore(action)
