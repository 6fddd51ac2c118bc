"""Renders the results of policy tests: failures with their reasons, and the counts."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.app.policy.test import CasesRun, Failed
from leastway.cli.terminal import Styled, emit, say, say_lines
from leastway.policy.cases import CaseResult, result_as_json
from leastway.policy.explain import as_json as explanation_as_json
from leastway.policy.explain import render_explanation

__all__ = ["print_run"]


def print_run(run: CasesRun, *, as_json: bool) -> None:
    """Print failed and invalid cases, what AWS would reject, and the counts."""
    failed = run.failed
    if as_json:
        emit("policy-test", _values(run, failed))
        return
    for failure in failed:
        say(Styled("failed", "red"), f" {failure.file}:{failure.result.case.line}: {failure.result.case.id}")
        for line in _lines(failure):
            say(line)
        say()
    for error in run.invalid:
        first, *more = error.diagnostics().split("\n")
        say(Styled("invalid", "red"), " ", first)
        say_lines("\n".join([*more, ""]))
    for file, result in run.results:
        if isinstance(result, CaseResult):
            for objection in result.case.objections:
                say(f"{file}: case {result.case.id}: AWS would reject this: {objection}")
    counts = [f"{run.passed:,} passed"]
    counts += [f"{len(failed):,} failed"] if failed else []
    counts += [f"{len(run.invalid):,} invalid"] if run.invalid else []
    say(Styled(", ".join(counts), "red" if len(counts) > 1 else "green"))


def _lines(failure: Failed) -> Iterator[str]:
    case, request = failure.result.case, failure.result.case.request
    expected = case.expected.value if case.expected else "nothing"
    yield f"  {request.caller.arn} requests {request.action} on {request.resource}"
    yield f"  expected {expected}, got {failure.result.decision.verdict.value}"
    yield from (f"  {line}" for line in render_explanation(failure.explanation).split("\n")[1:])


def _values(run: CasesRun, failed: tuple[Failed, ...]) -> dict[str, object]:
    why = {(failure.file, failure.result.case.line): explanation_as_json(failure.explanation) for failure in failed}
    return {
        "passed": run.passed,
        "failed": len(failed),
        "invalid": len(run.invalid),
        "results": [
            {"file": file, **result_as_json(result), "explanation": why.get((file, _line(result)))}
            for file, result in run.results
        ],
    }


def _line(result: object) -> int:
    return result.case.line if isinstance(result, CaseResult) else 0
