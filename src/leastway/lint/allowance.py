"""Findings that somebody takes responsibility for: `RULE=REASON`, or `RULE@FILE=REASON` for files of that name.

There is no way to silence a finding without a reason, and what is allowed is still reported as allowed. `FILE` is a
shell pattern of the path's end: `policies/*.json`.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.lint.registry import all_rules

if TYPE_CHECKING:
    from typing import Self

    from leastway.lint.finding import Finding

__all__ = ["Allowance"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """A rule that is set aside for a written reason; `file` is None for every file."""

    rule: str
    reason: str
    file: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `RULE=REASON` or `RULE@FILE=REASON`. Errors: InvalidInputError."""
        place, equals, reason = text.partition("=")
        rule, at, file = place.partition("@")
        if not equals or not reason.strip() or (at and not file):
            what = f"{text!r} allows nothing without a reason"
            raise InvalidInputError(what, fix="write RULE=REASON or RULE@FILE=REASON")
        known = [one.id for one in all_rules()]
        if rule not in known:
            close = difflib.get_close_matches(rule, known, n=1)
            fix = f"perhaps {close[0]} is meant" if close else "see the index of findings"
            raise InvalidInputError(f"there is no rule {rule!r}", fix=fix)
        return cls(rule, reason.strip(), file or None)

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        if finding.rule != self.rule:
            return False
        return self.file is None or (finding.file is not None and PurePath(finding.file).match(self.file))
