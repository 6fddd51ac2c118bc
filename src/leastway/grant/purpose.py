"""What a grant is read for, and which of its problems are only objections then.

- Some rules say whether the access may be given, and not what the grant means. Somebody who looks at the access or
  takes it away does not ask that: a reason that explains nothing must not keep the platform in.
- What the attached files say is needed to give access and to compare with it. To take it away, the names in the grant
  are enough.

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
        "variable-name",
        "wide-platform",
    }
)
"""The rules that say whether the access may be given, or used by the definitions of resources."""


class Purpose(enum.Enum):
    """What a grant is read for."""

    GIVE = "give"
    """Every problem refuses the grant."""
    LOOK = "look"
    """To compare with what is installed: the rules on what may be given are objections."""
    TAKE = "take"
    """To take the access away: so are the problems of attached files, which count as empty."""

    def objects(self, problem: Problem, of_files: Collection[Problem]) -> bool:
        """Return whether a problem is only an objection; `of_files` are those of the attached files."""
        if self is Purpose.GIVE:
            return False
        return problem.rule in _ABOUT_GIVING or (self is Purpose.TAKE and problem in of_files)
