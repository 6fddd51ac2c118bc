"""Run files of policy tests: decisions that a team expects, one on each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.app.policy.files import PolicyFileError, name_of, read_policy_text
from leastway.errors import ExitCode, InvalidInputError
from leastway.policy.cases import CaseResult, Invalid, run_cases
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import compile_policies
from leastway.policy.explain import explain

if TYPE_CHECKING:
    from pathlib import Path

    from leastway.policy.explain import Explanation

__all__ = ["CasesRun", "Failed", "run_case_files"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A case with an unexpected decision, and the explanation of that decision."""

    file: str
    result: CaseResult
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class CasesRun:
    """All results with their files, in order; `texts` holds the text of each file by name."""

    results: tuple[tuple[str, CaseResult | Invalid], ...]
    texts: Mapping[str, str]

    @property
    def passed(self) -> int:
        """How many cases had the expected decision."""
        return sum(isinstance(result, CaseResult) and result.passed for _, result in self.results)

    @property
    def failed(self) -> tuple[Failed, ...]:
        """The cases with another decision, explained."""
        catalog = load_catalog()
        return tuple(
            Failed(file, result, explain(compile_policies(result.case.policies), result.case.request, catalog))
            for file, result in self.results
            if isinstance(result, CaseResult) and not result.passed
        )

    @property
    def invalid(self) -> tuple[PolicyFileError, ...]:
        """The errors of the lines that are not valid cases."""
        return tuple(
            PolicyFileError(result.error, self.texts[file])
            for file, result in self.results
            if isinstance(result, Invalid)
        )

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the run: 2 where a line is not a valid case, 3 where a case failed, else 0."""
        if self.invalid:
            return ExitCode.USAGE
        return ExitCode.DONE if self.passed == len(self.results) else ExitCode.NEGATIVE


def run_case_files(paths: Sequence[Path]) -> CasesRun:
    """Run every case of every file. Errors: InvalidInputError for a file that cannot be read or has no case."""
    catalog = load_catalog()
    results: list[tuple[str, CaseResult | Invalid]] = []
    texts: dict[str, str] = {}
    for path in paths:
        name = name_of(path)
        texts[name] = read_policy_text(path, lambda text, _name: text)
        found = list(run_cases(texts[name].split("\n"), catalog=catalog, name=name))
        if not found:
            raise InvalidInputError("the file contains no case", where=name, fix="write one JSON object per line")
        results += ((name, result) for result in found)
    return CasesRun(tuple(results), texts)
