"""The formats of a report: for people, for programs, for code scanners. There is one module for each."""

from leastway.lint.reports.people import as_text
from leastway.lint.reports.programs import as_json
from leastway.lint.reports.sarif import as_sarif

__all__ = ["as_json", "as_sarif", "as_text"]
