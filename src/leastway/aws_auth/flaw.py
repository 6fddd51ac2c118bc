"""What may be wrong with an aws-auth ConfigMap, as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Flaw", "FlawKind"]


class FlawKind(enum.Enum):
    """One kind of damage. The authenticator reports none of them to anybody who would read it."""

    WRONG_CASE_KEY = "wrong-case-key"
    """`maproles` for `mapRoles`: ignored in silence."""
    UNPARSEABLE = "unparseable"
    """No YAML: the section maps nobody, node roles included."""
    NOT_A_LIST = "not-a-list"
    """YAML, but no list: the section maps nobody."""
    UNUSUAL_YAML = "unusual-yaml"
    """Anchors, tags, directives, several documents, rare characters: parsers disagree, so it may map anybody."""
    DUPLICATE_KEY = "duplicate-key"
    """One entry says the same key twice: one of the two counts."""
    NOT_AN_ENTRY = "not-an-entry"
    """An item that is no mapping: left out."""
    NO_ARN = "no-arn"
    """An entry that names nobody: left out."""
    WRONG_TYPE = "wrong-type"
    """A username that is no text, or groups that are no list of texts: taken as empty."""
    DUPLICATE_ARN = "duplicate-arn"
    """Two entries of one ARN: one of them counts."""
    GROUP_WITH_BLANKS = "group-with-blanks"
    """One group with blanks in it: most often two list items, the second of which stands too far to the right."""
    NEVER_MATCHES = "never-matches"
    """No caller ever has this ARN: a role's path, an STS session."""
    IDENTITY_CENTER = "identity-center"
    """An entry of IAM Identity Center, where it may mean the principal that is asked for."""
    FULL_PRIVILEGES = "full-privileges"
    """The group system:masters, which no RBAC rule can limit."""

    @property
    def blocks(self) -> bool:
        """Whether a section with such a flaw is not edited, since what it means is not certain."""
        return self in _BLOCKING


_BLOCKING = frozenset({FlawKind.UNPARSEABLE, FlawKind.NOT_A_LIST, FlawKind.UNUSUAL_YAML, FlawKind.DUPLICATE_KEY})


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw: in which key of the ConfigMap, on which line of its text (from 1; 0: all of it), and what."""

    kind: FlawKind
    section: str
    line: int
    message: str

    def __str__(self) -> str:
        line = f" line {self.line}" if self.line else ""
        return f"{self.section}{line}: {self.message}"
