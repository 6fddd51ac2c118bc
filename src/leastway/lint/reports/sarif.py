"""A report as SARIF 2.1.0, for code scanners. Source: OASIS, "Static Analysis Results Interchange Format".

An allowed finding is a result with a suppression and its justification. What was not checked is a notification, and
makes the run unsuccessful. `security-severity` is what GitHub's code scanning sorts by: 0.1 to 10, by the severity of
the rule (GitHub Docs, "SARIF support for code scanning").
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from leastway import __version__
from leastway.lint.finding import Finding, Severity
from leastway.lint.registry import all_rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastway.lint.allowance import Allowance
    from leastway.lint.finding import Result, Unchecked
    from leastway.lint.report import Report
    from leastway.lint.rule import RuleHead

__all__ = ["as_sarif"]

JsonObject = dict[str, object]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
_TAGS = ["security", "aws", "least-privilege"]
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def as_sarif(
    report: Report,
    rules: Sequence[RuleHead] | None = None,
    pages: Mapping[str, str] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> JsonObject:
    """Return the report as a SARIF log of one run; `rules` are those that ran, by default the ones over policies.

    `pages` has the documentation of rules in Markdown, by id; a rule without a page names the command that explains it.
    `addresses` has the URIs of these pages.
    """
    rules = all_rules() if rules is None else rules
    indexes = {rule.id: index for index, rule in enumerate(rules)}
    driver = {
        "name": "leastway",
        "semanticVersion": __version__,
        "rules": [_rule(rule, (pages or {}).get(rule.id, ""), (addresses or {}).get(rule.id)) for rule in rules],
    }
    results = [_result(finding, indexes, None) for finding in report.findings]
    results += [_result(finding, indexes, allowance) for finding, allowance in report.allowed]
    invocation: JsonObject = {
        "executionSuccessful": not report.unchecked,
        "toolExecutionNotifications": [_notification(one) for one in report.unchecked],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: RuleHead, page: str, address: str | None) -> JsonObject:
    text = page or f"leastway explain {rule.id}"
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": f"Finds {rule.summary}."},
        "fullDescription": {"text": _description(page) or f"Finds {rule.summary}."},
        "help": {"text": text, "markdown": text},
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": _TAGS, "precision": "high", "security-severity": _SECURITY[rule.severity]},
    }


def _description(page: str) -> str:
    """Return the first paragraph of a page after its title and its severity."""
    paragraphs = [part for part in page.split("\n\n") if part.strip()]
    return " ".join(paragraphs[2].split()) if len(paragraphs) > 2 and not paragraphs[2].startswith("#") else ""


def _result(finding: Finding, indexes: dict[str, int], allowance: Allowance | None) -> JsonObject:
    identity = f"{finding.rule}\n{finding.file}\n{finding.pointer}".encode()
    result: JsonObject = {
        "ruleId": finding.rule,
        "ruleIndex": indexes[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. Fix: {_sentence(finding.fix)}"},
        "locations": [_location(finding)],
        "partialFingerprints": {"rulePlace/v1": hashlib.sha256(identity).hexdigest()},
    }
    if allowance:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": allowance.reason}]
    return result


def _notification(one: Unchecked) -> JsonObject:
    return {
        "level": "warning",
        "message": {"text": f"{one.reason}. {_sentence(one.fix)}" if one.fix else f"{one.reason}."},
        "locations": [_location(one)],
    }


def _sentence(fix: str) -> str:
    return fix if fix.endswith("?") else f"{fix}."


def _location(result: Result) -> JsonObject:
    location: JsonObject = {}
    if result.file:
        physical: JsonObject = {"artifactLocation": {"uri": quote(PurePath(result.file).as_posix())}}
        if result.position:
            physical["region"] = {
                "startLine": result.position.line,
                "startColumn": result.position.column,
                "endLine": result.position.end_line,
                "endColumn": result.position.end_column,
            }
        location["physicalLocation"] = physical
    if result.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": result.pointer}]
    return location
