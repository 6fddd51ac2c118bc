"""Lines that Terraform and OpenTofu print: their JSON lines as text for a log, other lines as they are.

Source: "Machine-Readable UI" of both documentations. A module's programs can print such lines too, so they are shown
and nothing is decided by them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["LogLine", "read_log_line"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line for a log; `level` is `info`, `warn` or `error`."""

    text: str
    level: str = "info"


def read_log_line(line: str) -> tuple[LogLine, ...]:
    """Return what one printed line says: a diagnostic has several lines, with its place and its detail."""
    try:
        said = json.loads(line) if line.startswith("{") else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("@message"), str):
        return (LogLine(line),)
    level = _text(said, "@level") or "info"
    if said.get("type") == "diagnostic" and isinstance(diagnostic := said.get("diagnostic"), dict):
        return tuple(LogLine(each, level) for each in _diagnostic(diagnostic, level))
    return tuple(LogLine(each, level) for each in said["@message"].splitlines() or [""])


def _diagnostic(diagnostic: Mapping[str, Any], level: str) -> Iterator[str]:
    word = {"error": "Error", "warn": "Warning"}.get(level, "Note")
    yield from f"{word}: {_text(diagnostic, 'summary')}".splitlines()
    place = diagnostic.get("range")
    if isinstance(place, dict) and isinstance(start := place.get("start"), dict):
        yield f"  on {_text(place, 'filename')} line {start.get('line')}"
    if address := _text(diagnostic, "address"):
        yield f"  with {address}"
    yield from (f"  {line}" for line in _text(diagnostic, "detail").splitlines())


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
