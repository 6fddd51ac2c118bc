"""What the rules see of a grant: its tree, the files that it names, and the platform's profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastway.grant.attachments import Attachments
    from leastway.grant.model import Profile
    from leastway.grant.source import Tree
    from leastway.source import Node

__all__ = ["GrantReading"]


@dataclass(frozen=True, slots=True)
class GrantReading:
    """A grant that is being read. `profile` is None if there is a problem with it."""

    tree: Tree
    attachments: Attachments
    profile: Profile | None

    @property
    def accounts(self) -> Sequence[Node]:
        """The nodes of the accounts."""
        return self.tree.root.each("accounts")

    def roles(self) -> Iterator[Node]:
        """Yield every role of every account."""
        for account in self.accounts:
            yield from account.each("roles")

    def clusters(self) -> Iterator[Node]:
        """Yield every cluster of every account."""
        for account in self.accounts:
            yield from account.each("clusters")

    def line_of(self, node: Node) -> int:
        """Return the line on which `node` begins."""
        return self.tree.source.position(node.start, node.end).line
