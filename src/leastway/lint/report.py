"""The report on a run of the linter: findings, allowed findings, what was not checked, and what was read.

`exit_code` is the result: findings count more than what was not checked, and notes do not count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.errors import ExitCode
from leastway.lint.finding import Finding, Severity, Unchecked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leastway.lint.allowance import Allowance
    from leastway.lint.finding import Result
    from leastway.source import SourceText

__all__ = ["Report", "make_report"]


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one run. `texts` are the texts of the files by name, for showing lines."""

    findings: tuple[Finding, ...]
    allowed: tuple[tuple[Finding, Allowance], ...]
    unchecked: tuple[Unchecked, ...]
    unused: tuple[Allowance, ...]
    """Allowances that matched no finding."""
    texts: Mapping[str, SourceText]
    files: int
    policies: int
    without_policy: int
    """The number of files that were read and contain no policy."""
    catalog: str
    """The date of the catalog of actions that the rules used."""

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the run: 3 if there is an error or a warning, 4 if something was not checked, else 0."""
        if any(finding.severity is not Severity.NOTE for finding in self.findings):
            return ExitCode.NEGATIVE
        return ExitCode.UNKNOWN if self.unchecked else ExitCode.DONE

    def count(self, severity: Severity) -> int:
        """Return the number of findings with `severity`."""
        return Counter(finding.severity for finding in self.findings)[severity]


def make_report(
    results: Iterable[Result],
    *,
    allowances: Sequence[Allowance] = (),
    texts: Mapping[str, SourceText] | None = None,
    files: int = 1,
    policies: int = 1,
    without_policy: int = 0,
    catalog: str = "",
) -> Report:
    """Return the report on `results`, with the findings that `allowances` cover as allowed."""
    findings: list[Finding] = []
    allowed: list[tuple[Finding, Allowance]] = []
    unchecked: list[Unchecked] = []
    for result in results:
        if isinstance(result, Unchecked):
            unchecked.append(result)
            continue
        allowance = next((one for one in allowances if one.covers(result)), None)
        if allowance:
            allowed.append((result, allowance))
        else:
            findings.append(result)
    used = {allowance for _, allowance in allowed}
    return Report(
        findings=tuple(findings),
        allowed=tuple(allowed),
        unchecked=tuple(unchecked),
        unused=tuple(one for one in allowances if one not in used),
        texts=texts or {},
        files=files,
        policies=policies,
        without_policy=without_policy,
        catalog=catalog,
    )
