"""Terraform itself, without providers: it says whether HCL is laid out as it would, and what it means."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def terraform() -> str:
    """Return the program that TERRAFORM names, or `terraform` or `tofu`; skip where there is none."""
    found = os.environ.get("TERRAFORM") or shutil.which("terraform") or shutil.which("tofu")
    if not found:
        pytest.skip("there is no terraform or tofu on this machine")
    return found


def run(folder: Path, *arguments: str) -> str:
    """Run it in `folder`, away from any configuration of this machine's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(
        [terraform(), f"-chdir={folder}", *arguments],
        env=own | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def is_formatted(folder: Path) -> bool:
    """Check every file of `folder`, showing what `fmt` would change."""
    run(folder, "fmt", "-check", "-diff", "-recursive")
    return True


def outputs(folder: Path) -> dict[str, Any]:
    """Return the values of the outputs of a configuration that needs no provider."""
    run(folder, "init", "-backend=false", "-input=false")
    run(folder, "plan", "-input=false", "-out=planned")
    planned = json.loads(run(folder, "show", "-json", "planned"))
    return {name: it.get("value") for name, it in planned["planned_values"]["outputs"].items()}
