"""The modules of docs/suggest.md, in two sets: each a folder with a configuration, what it needs, its recorded calls.

Causes of what was missed were mended after the first try of each set; the needs of the held-out one were written, and
committed, before anything of it was run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.yaml_cases import cases_in

__all__ = ["CASES", "FIRST", "HELD_OUT", "MODULES", "Module"]

CASES = Path(__file__).parent / "cases/suggest"


@dataclass(frozen=True)
class Module:
    """A configuration, and the actions that AWS demands of whoever makes and destroys it.

    `runner` is what its definition says of its runs.
    """

    title: str
    folder: Path
    needs: frozenset[str]
    runner: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def script(self) -> str:
        return (self.folder / "main.tf").read_text()

    @property
    def calls(self) -> Path:
        return self.folder / "calls.jsonl"


def _modules(folder: Path) -> list[Module]:
    return [
        Module(each["module"], folder / each["folder"], frozenset(each["needs"]), each.get("runner", {}))
        for each in cases_in(folder / "modules.yaml")
    ]


FIRST = _modules(CASES)
HELD_OUT = _modules(CASES / "held-out")
MODULES = [*FIRST, *HELD_OUT]
