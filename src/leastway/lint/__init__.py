"""The policy linter: it finds what is wrong with a policy, where, and how to fix it.

`lint(text)` takes the text of a file and returns findings and what could not be checked, both as values. Each rule is
one file under `rules` with its own documentation page; `reports` has the output formats.
"""

from leastway.lint.allowance import Allowance
from leastway.lint.finding import Finding, Result, Severity, Unchecked
from leastway.lint.knowledge import Knowledge, KnownPlatform
from leastway.lint.lint import lint, lint_document, lint_reading
from leastway.lint.registry import all_rules
from leastway.lint.report import Report, make_report
from leastway.lint.rule import Rule, RuleHead

__all__ = [
    "Allowance",
    "Finding",
    "Knowledge",
    "KnownPlatform",
    "Report",
    "Result",
    "Rule",
    "RuleHead",
    "Severity",
    "Unchecked",
    "all_rules",
    "lint",
    "lint_document",
    "lint_reading",
    "make_report",
]
