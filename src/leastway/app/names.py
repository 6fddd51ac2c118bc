"""One name, one grant: what carries a grant's name is the grant's to change and to remove.

Two files of one name would each remove what the other one made. The store remembers which file a name belongs to. A
file that moved, and another copy of the same file, may go on with its name: it is another grant where each of the two
has accounts that the other one has not.
"""

from __future__ import annotations

from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.grant import Grant, claim_of_file
from leastway.ports import Store

__all__ = ["claim_name"]


def claim_name(store: Store, grant: Grant, path: Path) -> None:
    """Let the grant's name belong to the file `path`. InvalidInputError where it belongs to another grant's."""
    here = str(path.resolve()).encode("utf-8", "backslashreplace").decode()  # a file's name may be no text
    known = store.file_of(grant.name)
    if known == here:
        return
    other = claim_of_file(Path(known)) if known else None
    mine = frozenset(str(account.id) for account in grant.accounts)
    if other is not None and other.name == grant.name and mine - other.accounts and other.accounts - mine:
        raise InvalidInputError(
            f"another grant is called {grant.name!r} too: {known}",
            where=str(path),
            fix="give this one another `metadata.name`: what carries the name is the other one's",
        )
    store.remember_file(grant.name, here)
