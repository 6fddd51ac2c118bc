"""Allowed findings: `RULE=REASON`, or `RULE@FILE=REASON` for files of that name.

A finding cannot be silenced without a reason, and allowed findings are still reported as allowed. `FILE` is a shell
pattern that matches the end of the path: `policies/*.json`.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError
from leastway.lint.registry import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from leastway.lint.finding import Finding
    from leastway.lint.rule import RuleHead

__all__ = ["Allowance"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """A rule whose findings are allowed for a written reason; `file` is None for all files."""

    rule: str
    reason: str
    file: str | None = None

    @classmethod
    def parse(cls, text: str, rules: Iterable[RuleHead] | None = None) -> Self:
        """Read `RULE=REASON` or `RULE@FILE=REASON` for one of `rules`, by default those over policies.

        Errors: InvalidInputError.
        """
        place, equals, reason = text.partition("=")
        rule, at, file = place.partition("@")
        if not equals or not reason.strip() or (at and not file):
            what = f"{text!r} does not give a rule and a reason"
            raise InvalidInputError(what, fix="write RULE=REASON or RULE@FILE=REASON")
        known = [one.id for one in (all_rules() if rules is None else rules)]
        if rule not in known:
            close = difflib.get_close_matches(rule, known, n=1)
            fix = f"did you mean {close[0]}?" if close else "see the index of findings"
            raise InvalidInputError(f"unknown rule {rule!r}", fix=fix)
        return cls(rule, reason.strip(), file or None)

    def covers(self, finding: Finding) -> bool:
        """Whether the allowance applies to `finding`."""
        if finding.rule != self.rule:
            return False
        return self.file is None or (finding.file is not None and PurePath(finding.file).match(self.file))
