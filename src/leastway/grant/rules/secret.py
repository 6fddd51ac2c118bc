"""Rules `secret` and `example-key`: a document contains no credentials, not even those of the AWS documentation.

A grant is in version control and many people read it; leastway takes its own credentials from the environment.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from leastway.registry import find_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastway.grant.problem import Problem
    from leastway.grant.source import GrantFile, Tree
    from leastway.source import Node

__all__ = ["check_grant_secrets", "check_secrets"]

_FIX = "delete it here and in the history, and deactivate it: a credential from a file is no longer a secret"


def check_secrets(source: GrantFile, *, harmless: Sequence[Node] = ()) -> Iterator[Problem]:
    """Yield the credentials in the whole text, including its comments.

    `harmless` nodes, in the order of the text, may look like a credential.
    """
    starts = [node.start for node in harmless]
    for finding in find_secrets(source.text):
        if finding.example:
            message = f"the file contains {finding.kind} of the AWS documentation"
            yield source.problem(
                "example-key", finding.start, finding.end, message, "delete it: keys do not belong in this file"
            )
            continue
        index = bisect.bisect_right(starts, finding.start) - 1
        if index < 0 or finding.end > harmless[index].end:
            yield source.problem("secret", finding.start, finding.end, f"the file contains {finding.kind}", _FIX)


def check_grant_secrets(tree: Tree) -> Iterator[Problem]:
    """Yield the credentials in a grant; an external id of forty letters and digits is not one."""
    external_ids = []
    for account in tree.root.each("accounts"):
        for holder in (account, account.get("access"), *account.each("roles")):
            node = holder.get("external_id") if holder is not None else None
            if node is not None:
                external_ids.append(node)
    external_ids.sort(key=lambda node: node.start)
    yield from check_secrets(tree.source, harmless=external_ids)
