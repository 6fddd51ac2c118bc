"""What is wrong with a policy, where, and the way out.

`lint(text)` takes a file's text and returns findings and what could not be checked, both as values. One rule is one
file under `rules`, with a page of the documentation; `reports` has the formats.
"""

from leastway.lint.allowance import Allowance
from leastway.lint.finding import Finding, Result, Severity, Unchecked
from leastway.lint.knowledge import Knowledge, KnownPlatform
from leastway.lint.lint import lint, lint_document, lint_reading
from leastway.lint.registry import all_rules
from leastway.lint.report import Report, make_report
from leastway.lint.rule import Rule

__all__ = [
    "Allowance",
    "Finding",
    "Knowledge",
    "KnownPlatform",
    "Report",
    "Result",
    "Rule",
    "Severity",
    "Unchecked",
    "all_rules",
    "lint",
    "lint_document",
    "lint_reading",
    "make_report",
]
