"""Variables in a policy with the old version, where they are plain text and match nothing.

Source: IAM User Guide, "IAM JSON policy elements: Version" and "Variables and tags".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import quoted
from leastway.policy.model import CURRENT_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_VARIABLE = re.compile(r"\$\{[^}]+\}")


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    document = exhibit.document
    if document.has_variables:
        return
    which = f"with version {document.version}" if document.version else "without a version"
    for found in exhibit.statements():
        values = [(value, path) for condition in found.conditions() for value, path in condition.each()]
        for text, path in (*found.resources(), *values):
            if _VARIABLE.search(text):
                message = f"{quoted(text)} is plain text in a policy {which}, not a variable"
                yield Violation(path, message, f'write "Version": "{CURRENT_VERSION}"')


RULE = Rule("old-version-variables", Severity.WARNING, "variables in a policy with the old version", _check)
