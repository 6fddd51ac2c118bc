"""The possible flaws of an aws-auth ConfigMap, as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Flaw", "FlawKind"]


class FlawKind(enum.Enum):
    """One kind of flaw. The authenticator reports them only in its own log."""

    WRONG_CASE_KEY = "wrong-case-key"
    """`maproles` for `mapRoles`: silently ignored."""
    UNPARSEABLE = "unparseable"
    """Not valid YAML: the section maps nobody, not even node roles."""
    NOT_A_LIST = "not-a-list"
    """YAML, but not a list: the section maps nobody."""
    UNUSUAL_YAML = "unusual-yaml"
    """Anchors, tags, directives, several documents, rare characters: parsers disagree, so it may map anyone."""
    DUPLICATE_KEY = "duplicate-key"
    """One entry has the same key twice: only one of the two counts."""
    NOT_AN_ENTRY = "not-an-entry"
    """An item that is not a mapping: ignored."""
    NO_ARN = "no-arn"
    """An entry that names nobody: ignored."""
    WRONG_TYPE = "wrong-type"
    """A username that is not a string, or groups that are not a list of strings: they count as empty."""
    DUPLICATE_ARN = "duplicate-arn"
    """Two entries of one ARN: only one of them counts."""
    GROUP_WITH_BLANKS = "group-with-blanks"
    """One group with spaces in it: usually two list items, the second of which is indented too far."""
    NEVER_MATCHES = "never-matches"
    """No caller ever has this ARN: a role ARN with a path, an STS session."""
    IDENTITY_CENTER = "identity-center"
    """An entry of IAM Identity Center that may mean the principal in question."""
    FULL_PRIVILEGES = "full-privileges"
    """The group system:masters, which no RBAC rule can limit."""

    @property
    def blocks(self) -> bool:
        """Say whether a section with such a flaw is not edited, because its meaning is uncertain."""
        return self in _BLOCKING


_BLOCKING = frozenset({FlawKind.UNPARSEABLE, FlawKind.NOT_A_LIST, FlawKind.UNUSUAL_YAML, FlawKind.DUPLICATE_KEY})


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw: the key of the ConfigMap, the line of its text (from 1; 0: the whole text), and the problem."""

    kind: FlawKind
    section: str
    line: int
    message: str

    def __str__(self) -> str:
        line = f" line {self.line}" if self.line else ""
        return f"{self.section}{line}: {self.message}"
