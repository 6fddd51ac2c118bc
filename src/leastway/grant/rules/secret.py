"""Rule `secret`: no credential in a document, and `example-key`: not even the documentation's.

A grant is kept in version control and read by many; what leastway needs to get in comes from the environment.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from leastway.grant.secret_text import find_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastway.grant.problem import Problem
    from leastway.grant.source import GrantFile, Tree
    from leastway.source import Node

__all__ = ["check_grant_secrets", "check_secrets"]

_WORN = "delete it here and in the history, and deactivate the key: a key that was in a file is no secret any more"


def check_secrets(source: GrantFile, *, harmless: Sequence[Node] = ()) -> Iterator[Problem]:
    """Yield what in the whole text, comments included, is a credential.

    `harmless` nodes, in the order of the text, may look like one without being one.
    """
    starts = [node.start for node in harmless]
    for finding in find_secrets(source.text):
        if finding.example:
            message = f"{finding.kind} of the AWS documentation stands here"
            yield source.problem("example-key", finding.start, finding.end, message, "delete it: no key belongs here")
            continue
        index = bisect.bisect_right(starts, finding.start) - 1
        if index < 0 or finding.end > harmless[index].end:
            yield source.problem("secret", finding.start, finding.end, f"{finding.kind} stands here", _WORN)


def check_grant_secrets(tree: Tree) -> Iterator[Problem]:
    """Yield the credentials in a grant, where an external id of forty letters and digits is none."""
    external_ids = []
    for account in tree.root.each("accounts"):
        for holder in (account, account.get("access"), *account.each("roles")):
            node = holder.get("external_id") if holder is not None else None
            if node is not None:
                external_ids.append(node)
    external_ids.sort(key=lambda node: node.start)
    yield from check_secrets(tree.source, harmless=external_ids)
