"""A report as JSON values: the fields of its classes by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Finding, Severity

if TYPE_CHECKING:
    from leastway.lint.finding import Result
    from leastway.lint.report import Report
    from leastway.source import Position

__all__ = ["as_json"]

JsonObject = dict[str, object]


def as_json(report: Report) -> JsonObject:
    """Return the report for programs."""
    return {
        "findings": [_finding(finding) for finding in report.findings],
        "unchecked": [
            {"rule": one.rule, "reason": one.reason, "fix": one.fix, **_place(one)} for one in report.unchecked
        ],
        "allowed": [{**_finding(finding), "reason": allowance.reason} for finding, allowance in report.allowed],
        "unused_allowances": [{"rule": one.rule, "file": one.file, "reason": one.reason} for one in report.unused],
        "summary": {
            "files": report.files,
            **_policies(report),
            **{f"{severity.value}s": report.count(severity) for severity in Severity},
            "unchecked": len(report.unchecked),
            "allowed": len(report.allowed),
            "exit_code": int(report.exit_code),
        },
    }


def _policies(report: Report) -> JsonObject:
    """Return the counts of policies and the catalog; nothing for a module, which has none."""
    if not report.catalog:
        return {}
    return {
        "policies": report.policies,
        "files_without_policy": report.without_policy,
        "catalog": report.catalog,
    }


def _finding(finding: Finding) -> JsonObject:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": finding.fix,
        **_place(finding),
    }


def _place(result: Result) -> JsonObject:
    position = result.position
    return {"file": result.file, "pointer": result.pointer, "position": _position(position) if position else None}


def _position(position: Position) -> JsonObject:
    return {
        "line": position.line,
        "column": position.column,
        "end_line": position.end_line,
        "end_column": position.end_column,
    }
