"""Run the real Terraform, without providers, to check the format of HCL and to evaluate it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def terraform() -> str:
    """Return the program in TERRAFORM, or `terraform` or `tofu`; skip if there is none."""
    found = os.environ.get("TERRAFORM") or shutil.which("terraform") or shutil.which("tofu")
    if not found:
        pytest.skip("terraform or tofu is not installed")
    return found


def run(folder: Path, *arguments: str) -> str:
    """Run it in `folder`, isolated from the configuration of this machine."""
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
    """Check the format of every file in `folder`; on failure, show what `fmt` would change."""
    run(folder, "fmt", "-check", "-diff", "-recursive")
    return True


def outputs(folder: Path) -> dict[str, Any]:
    """Return the values of the outputs of a configuration that needs no provider."""
    run(folder, "init", "-backend=false", "-input=false")
    run(folder, "plan", "-input=false", "-out=planned")
    planned = json.loads(run(folder, "show", "-json", "planned"))
    return {name: it.get("value") for name, it in planned["planned_values"]["outputs"].items()}
