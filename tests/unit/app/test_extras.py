"""What an installation without extras, or with one of them, can import: the commands of the engineer need none."""

from __future__ import annotations

import subprocess
import sys

import pytest

REHEARSE = {"cryptography", "httptools", "ministack", "trustme"}
OTHERS = {
    "argon2",
    "cryptography",
    "dbos",
    "httptools",
    "ministack",
    "msgspec",
    "psycopg",
    "starlette",
    "tree_sitter",
    "tree_sitter_hcl",
    "trustme",
    "uvicorn",
    "websockets",
}
IMPORTING = """
import importlib, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError("not installed", name=name)
sys.meta_path.insert(0, Missing())
importlib.import_module({module!r})
"""
OF_THE_ENGINEER = (
    "apply",
    "credentials",
    "eks_token",
    "export",
    "init",
    "offboard",
    "plan",
    "prove",
    "register",
    "restore",
    "review",
    "revoke",
    "saved_plan",
    "status",
    "verify",
    "wiring",
)


@pytest.mark.parametrize("name", OF_THE_ENGINEER)
def test_the_commands_of_the_engineer_need_no_extra(name: str) -> None:
    assert imported(f"leastway.app.{name}", OTHERS) == ""


@pytest.mark.parametrize("name", ["rehearse", "sandbox"])
def test_a_rehearsal_needs_its_own_extra_only(name: str) -> None:
    assert imported(f"leastway.app.{name}", OTHERS - REHEARSE) == ""


def imported(module: str, missing: set[str]) -> str:
    """Return the error of importing `module` where these modules are not installed."""
    text = IMPORTING.format(missing=sorted(missing), module=module)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    return done.stderr.strip().rpartition("\n")[2]
