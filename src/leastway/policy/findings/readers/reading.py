"""What was found in a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leastway.policy.findings.exhibit import Attachment, Exhibit
from leastway.policy.findings.rule import Doubt
from leastway.policy.model import PolicyError, PolicyKind
from leastway.policy.model.cursor import Cursor
from leastway.policy.model.parse import parse_document

if TYPE_CHECKING:
    from leastway.policy.model import Holder
    from leastway.policy.model.source import Path, Source

__all__ = ["Parts", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The policies and attached policies of a file, in its order; all paths start at the file's root.

    `doubts`: what is there and was not understood.
    """

    exhibits: tuple[Exhibit, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(slots=True)
class Parts:
    """Collects a Reading."""

    source: Source
    exhibits: list[Exhibit] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def policy(self, value: object, path: Path, kind: PolicyKind, holder: Holder | None) -> None:
        """Add the policy that stands at `path`; one that cannot be read is a doubt."""
        objections: list[PolicyError] = []
        source = replace(self.source, objections=objections)
        try:
            document = parse_document(Cursor(value, source, path), kind)
        except PolicyError as error:
            self.doubts.append(Doubt(path, f"this policy cannot be read: {error.what}", error.fix))
        else:
            self.exhibits.append(Exhibit(document, holder, path, tuple(objections)))

    def reading(self) -> Reading:
        """Return what was collected."""
        return Reading(tuple(self.exhibits), tuple(self.attachments), tuple(self.doubts))
