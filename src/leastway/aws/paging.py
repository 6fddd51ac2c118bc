"""All pages of a list, which end, and which are all there.

A list that is missing from a page never gets here (`answers`); it is refused here too, for whoever asks by another
client. A token that came before would lead in a circle, and one that is missing would lose the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leastway.aws.errors import unreadable

__all__ = ["pages"]

_MOST = 2_000


def pages(
    client: Any, operation: str, members: tuple[str, ...], token: str, **arguments: Any
) -> Iterator[Mapping[str, Any]]:
    """Yield each page of `operation`, the client's method; `token` is what asks for the next one and what names it."""
    asked = dict(arguments)
    seen: set[str] = set()
    for _ in range(_MOST):
        page: Mapping[str, Any] = getattr(client, operation)(**asked)
        for member in members:
            if not isinstance(page.get(member), list):
                raise unreadable(f"the answer to {operation} cannot be read: {member} is missing")
        yield page
        following = page.get(token)
        if page.get("IsTruncated") is False or (not following and not page.get("IsTruncated")):
            return
        if not following:
            raise unreadable(f"the answer to {operation} cannot be read: there is more, and no {token}")
        if following in seen:
            raise unreadable(f"the pages of {operation} never end: one comes again")
        seen.add(following)
        asked[token] = following
    raise unreadable(f"{operation} has more than {_MOST:,} pages")
