"""What an installation without extras, or with one of them, can import: the commands of the engineer need none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

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
            raise ModuleNotFoundError(name + " is not installed", name=name)
sys.meta_path.insert(0, Missing())
for name in {names}:
    try:
        importlib.import_module("leastway.app." + name)
    except Exception as error:
        print(f"{{name}}: {{error}}")
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


def test_the_commands_of_the_engineer_need_no_extra() -> None:
    assert errors_of_imports(OF_THE_ENGINEER, OTHERS) == ""


def test_a_rehearsal_needs_its_own_extra_only() -> None:
    assert errors_of_imports(("rehearse", "sandbox"), OTHERS - REHEARSE) == ""


def test_each_module_that_cannot_be_imported_is_named() -> None:
    lines = errors_of_imports(("plan", "apply"), {"botocore", "yaml"}).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["plan", "apply"]
    assert all(line.endswith(" is not installed") for line in lines)


def errors_of_imports(names: Sequence[str], missing: set[str]) -> str:
    """Return a line for each of these modules of `leastway.app` that cannot be imported where `missing` is not there.

    One process imports all of them, since most of what they import is the same.
    """
    text = IMPORTING.format(missing=sorted(missing), names=names)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
