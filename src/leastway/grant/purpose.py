"""What a grant is read for, and which of its problems are only objections then.

- Some rules say whether the access may be given, and not what the grant means. Somebody who looks at the access or
  takes it away does not ask that: a reason that explains nothing must not keep the platform in.
- What the attached files say, and which external ids the platform presents, is needed to give access and to compare
  with it. To take it away, the names in the grant are enough.

Everything else is a problem for every purpose: it is not certain what the grant means.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from leastway.grant.problem import Problem

__all__ = ["Purpose"]

_ABOUT_GIVING = frozenset(
    {
        "context-placeholder",
        "definition-driver",
        "definition-id",
        "definition-keys",
        "duplicate-criterion",
        "duplicate-definition",
        "external-id-guessable",
        "external-id-reused",
        "full-privileges",
        "git-credential",
        "git-host-keys",
        "git-path",
        "git-revision",
        "git-url",
        "grants-nothing",
        "kube-system",
        "native-driver",
        "needless-reason",
        "reserved-group",
        "role-outside-prefix",
        "unsafe-reason",
        "variable-name",
        "wide-platform",
    }
)
"""The rules that say whether the access may be given, or used by the definitions of resources."""
_NOT_NEEDED_TO_TAKE = frozenset({"external-id"})
"""A value that STS does not accept leaves no document, so it stays a problem for every purpose."""


class Purpose(enum.Enum):
    """What a grant is read for."""

    GIVE = "give"
    """Every problem refuses the grant."""
    LOOK = "look"
    """To compare with what is installed: the rules on what may be given are objections."""
    TAKE = "take"
    """To take the access away: so are those of external ids, and of attached files, which count as empty."""

    def objects(self, problem: Problem, of_files: Collection[Problem]) -> bool:
        """Return whether a problem is only an objection; `of_files` are those of the attached files."""
        if self is Purpose.GIVE:
            return False
        is_about_taking = problem.rule in _NOT_NEEDED_TO_TAKE or problem in of_files
        return problem.rule in _ABOUT_GIVING or (self is Purpose.TAKE and is_about_taking)
