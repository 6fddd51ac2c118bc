"""Reading a list to its last page, and failing if a page is missing.

`answers` already refuses a page without its list; it is refused here too, for clients without that check. A repeated
token would loop forever, and a missing token would lose the remaining pages.
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
    """Yield each page of `operation`, a method of the client; `token` names the parameter and member of page tokens."""
    asked = dict(arguments)
    seen: set[str] = set()
    for _ in range(_MOST):
        page: Mapping[str, Any] = getattr(client, operation)(**asked)
        for member in members:
            if not isinstance(page.get(member), list):
                raise unreadable(f"the response to {operation} cannot be read: {member} is missing")
        yield page
        following = page.get(token)
        if page.get("IsTruncated") is False or (not following and not page.get("IsTruncated")):
            return
        if not following:
            raise unreadable(f"the response to {operation} cannot be read: more pages exist, but {token} is missing")
        if following in seen:
            raise unreadable(f"the pages of {operation} never end: a page token is repeated")
        seen.add(following)
        asked[token] = following
    raise unreadable(f"{operation} has more than {_MOST:,} pages")
