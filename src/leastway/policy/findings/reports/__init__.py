"""The formats of a report: for people, for programs, for code scanners. One format a file."""

from leastway.policy.findings.reports.people import as_text
from leastway.policy.findings.reports.programs import as_json
from leastway.policy.findings.reports.sarif import as_sarif

__all__ = ["as_json", "as_sarif", "as_text"]
