"""Results as a JUnit file, which continuous integration shows next to the tests.

A negative verdict is a failure, something unknown is an error, and what was not tried is skipped with its reason, so
that no tool counts an unknown result as passed. Source: the elements that Jenkins, GitLab and GitHub's reporters read;
JUnit's own format has no standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree

from leastway.app.policy.test import CasesRun
from leastway.errors import LeastwayError
from leastway.lint import Finding, Report, Severity
from leastway.policy.cases import CaseResult
from leastway.policy.explain import render_explanation
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.proof import Proof
from leastway.verify import ProbeVerdict, Verified

__all__ = ["JunitCase", "lint_cases", "policy_cases", "proof_cases", "verify_cases", "write_junit"]

Outcome = Literal["failure", "error", "skipped"]

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot contain, even escaped."""


@dataclass(frozen=True, slots=True)
class JunitCase:
    """One result: its group, its name, and, unless it passed, the outcome with a message and details."""

    group: str
    name: str
    outcome: Outcome | None = None
    message: str = ""
    detail: str = ""


def write_junit(path: Path, suite: str, cases: Sequence[JunitCase]) -> None:
    """Write one suite to a file. Errors: LeastwayError if the file cannot be written."""
    counts = {f"{word}s": sum(case.outcome == word for case in cases) for word in ("failure", "error")}
    skipped = sum(case.outcome == "skipped" for case in cases)
    totals = {"tests": len(cases), **counts, "skipped": skipped}
    attributes = {"name": suite, **{name: str(count) for name, count in totals.items()}}
    root = ElementTree.Element("testsuites", attributes)
    within = ElementTree.SubElement(root, "testsuite", attributes)
    for case in cases:
        names = {"classname": _text(f"{suite}.{case.group}"), "name": _text(case.name)}
        element = ElementTree.SubElement(within, "testcase", names)
        if case.outcome:
            problem = ElementTree.SubElement(element, case.outcome, {"message": _text(case.message)})
            problem.text = _text(case.detail or case.message)
    ElementTree.indent(root)
    try:
        path.write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
    except OSError as error:
        fix = "give a file in a folder that exists and that you can write to"
        raise LeastwayError(f"it could not be written: {error.strerror}", where=str(path), fix=fix) from error


def verify_cases(answers: Iterable[Verified]) -> list[JunitCase]:
    """Return the answers of `verify`: a failure differs, an error is unknown."""
    return [JunitCase(answer.probe.account, answer.probe.asked, *_answered(answer)) for answer in answers]


def _answered(answer: Verified) -> tuple[Outcome | None, str, str]:
    got = answer.got.verdict
    if answer.agrees and answer.got.evidence.is_weaker:
        return "skipped", f"{got.value}, as expected, but not tried: {answer.got.evidence.value}", ""
    if answer.agrees:
        return None, "", ""
    if got is ProbeVerdict.SKIPPED:
        return "skipped", answer.got.detail, ""
    outcome: Outcome = "failure" if answer.differs else "error"
    return outcome, f"expected {answer.probe.expected.value}, got {got.value}", answer.got.detail


def proof_cases(proofs: Iterable[Proof]) -> list[JunitCase]:
    """Return the claims of `prove`: a failure is refuted, an error is unknown."""
    return [JunitCase(proof.account, proof.text, *_claimed(proof)) for proof in proofs]


def _claimed(proof: Proof) -> tuple[Outcome | None, str, str]:
    match proof.verdict:
        case Proved():
            return None, "", ""
        case Refuted():
            return "failure", proof.detail or "refuted", proof.description
        case Unknown(reason=reason):
            return "error", reason, proof.detail


def policy_cases(run: CasesRun) -> list[JunitCase]:
    """Return the cases of `policy test`: a failure is another decision, an error a line that is not a case."""
    why = {(failed.file, failed.result.case.line): render_explanation(failed.explanation) for failed in run.failed}
    found = []
    for file, result in run.results:
        if not isinstance(result, CaseResult):
            found.append(JunitCase(file, f"line {result.line}", "error", result.error.what))
        elif result.passed:
            found.append(JunitCase(file, result.case.id))
        else:
            expected = result.case.expected.value if result.case.expected else "nothing"
            message = f"expected {expected}, got {result.decision.verdict.value}"
            found.append(JunitCase(file, result.case.id, "failure", message, why[file, result.case.line]))
    return found


def lint_cases(report: Report) -> list[JunitCase]:
    """Return what `policy lint` found: a failure is an error or a warning; notes and allowed findings are skipped."""
    found = [_finding(finding, "failure") for finding in report.findings if finding.severity is not Severity.NOTE]
    found += [_finding(finding, "skipped") for finding in report.findings if finding.severity is Severity.NOTE]
    for finding, allowance in report.allowed:
        found.append(JunitCase(finding.file or "", _named(finding), "skipped", f"allowed: {allowance.reason}"))
    for one in report.unchecked:
        found.append(
            JunitCase(one.file or "", f"{one.rule or 'not checked'} {one.pointer}".rstrip(), "error", one.reason)
        )
    return found or [JunitCase("all", f"{report.policies} policies without a finding")]


def _finding(finding: Finding, outcome: Outcome) -> JunitCase:
    return JunitCase(
        finding.file or "", _named(finding), outcome, finding.message, f"{finding.message}. {finding.fix}."
    )


def _named(finding: Finding) -> str:
    line = f" line {finding.position.line}" if finding.position else ""
    return f"{finding.rule}{line} {finding.pointer}".rstrip()


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
