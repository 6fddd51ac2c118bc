"""The policies that were read from a file."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leastway.lint.exhibit import Attachment, Exhibit
from leastway.lint.rule import Inconclusive
from leastway.policy.model import PolicyError, PolicyKind
from leastway.policy.model.cursor import Cursor
from leastway.policy.model.parse import parse_document
from leastway.policy.model.text import PolicyText

if TYPE_CHECKING:
    from leastway.policy.model import PolicyHolder
    from leastway.source import KeyPath

__all__ = ["FileReading", "Parts"]


@dataclass(frozen=True, slots=True)
class FileReading:
    """The policies and attached policies of a file, in order; all paths start at the file's root.

    `doubts`: what could not be understood.
    """

    exhibits: tuple[Exhibit, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    doubts: tuple[Inconclusive, ...] = ()


@dataclass(slots=True)
class Parts:
    """A builder of a FileReading."""

    source: PolicyText
    exhibits: list[Exhibit] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    doubts: list[Inconclusive] = field(default_factory=list)

    def tree(self, value: object, path: KeyPath) -> object:
        """Return the policy at `path`, parsed if it is JSON text; if that fails, record a doubt and return None.

        In IAM's responses the text is percent-encoded. Source: IAM API Reference, GetPolicyVersion, "Document".
        """
        if not isinstance(value, str):
            return value
        text = urllib.parse.unquote(value) if value.startswith("%7B") else value
        try:
            return PolicyText(text).read()
        except PolicyError as error:
            self.doubts.append(Inconclusive(path, f"the policy cannot be read: {error.what}", error.fix))
            return None

    def policy(self, value: object, path: KeyPath, kind: PolicyKind, holder: PolicyHolder | None) -> None:
        """Add the policy at `path`; record a doubt if it cannot be read."""
        objections: list[PolicyError] = []
        source = replace(self.source, objections=objections)
        tree = self.tree(value, path)
        if tree is None and value is not None:
            return
        try:
            document = parse_document(Cursor(tree, source, path), kind)
        except PolicyError as error:
            self.doubts.append(Inconclusive(path, f"the policy cannot be read: {error.what}", error.fix))
        else:
            self.exhibits.append(Exhibit(document, holder, path, tuple(objections)))

    def reading(self) -> FileReading:
        """Return the collected parts."""
        return FileReading(tuple(self.exhibits), tuple(self.attachments), tuple(self.doubts))
