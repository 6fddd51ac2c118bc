"""The folder of the cases, and writing the files of a case."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases" / "grant"
EXAMPLES = ROOT / "src" / "leastway" / "examples"


def lay_out(case: dict[str, Any], folder: Path) -> Path:
    """Write the base of the cases into `folder` with the changes of `case`, and return the path of the grant."""
    shutil.copytree(CASES / "base", folder)
    for name, changes in case.get("change", {}).items():
        path = folder / name
        text = path.read_text()
        for old, new in changes.items():
            assert text.count(old) == 1, f"{old!r} appears {text.count(old)} times in {name}"
            text = text.replace(old, new)
        path.write_text(text)
    for name, text in case.get("files", {}).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / "grant.yaml"
