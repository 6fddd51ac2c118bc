"""What a grant file says of itself, without being judged: which name it claims, in which accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.errors import LeastwayError
from leastway.grant.source import LARGEST_GRANT, GrantFile, read_tree

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FileClaim", "claim_of_file"]


@dataclass(frozen=True, slots=True)
class FileClaim:
    """The name in a grant file, and the ids of its accounts."""

    name: str
    accounts: frozenset[str]


def claim_of_file(path: Path) -> FileClaim | None:
    """Return what the file claims; None where there is no such file, or nothing in it that names a grant."""
    try:
        tree, _ = read_tree(GrantFile.read(path, limit=LARGEST_GRANT))
    except LeastwayError:
        return None
    metadata = tree.root.get("metadata") if tree is not None else None
    name = metadata.string_at("name") if metadata is not None else None
    if tree is None or name is None:
        return None
    ids = (account.string_at("id") for account in tree.root.each("accounts"))
    return FileClaim(name, frozenset(found for found in ids if found is not None))
