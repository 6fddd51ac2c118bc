"""Cuts external ids in the texts of an access review to their first four characters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, expected_ids
from leastway.estate import Role, asked_ids
from leastway.export.review import Item, Review

__all__ = ["external_ids", "hidden", "hiding"]


def hidden(review: Review, hide: Callable[[str], str]) -> Review:
    """Return `review` with `hide` applied to each text that may quote a policy, a request or an answer."""

    def items(found: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(replace(one, text=hide(one.text), details=tuple(map(hide, one.details))) for one in found)

    sections = tuple(replace(one, items=items(one.items)) for one in review.sections)
    accounts = tuple(replace(one, proofs=items(one.proofs)) for one in review.accounts)
    return replace(review, sections=sections, accounts=accounts)


def external_ids(open_grant: OpenGrant, planned: Planned | None) -> set[str]:
    """Return every external id that a text may contain: those of the grant and the store, and those of live roles."""
    known = planned.external_ids if planned else expected_ids(open_grant.grant, open_grant.store)
    found = {one for ids in known.by_role.values() for one in ids.known}
    if planned:
        live = (one.object for one in planned.observation.objects.values())
        found |= {one for role in live if isinstance(role, Role) for one in asked_ids(role.trust).ids}
    return {one for one in found if one}


def hiding(ids: Collection[str]) -> Callable[[str], str]:
    """Return a function that cuts every external id in a text to its first four characters."""
    longest_first = sorted(ids, key=len, reverse=True)

    def hide(text: str) -> str:
        for one in longest_first:
            if one in text:
                text = text.replace(one, f"{one[:4]}…")
        return text

    return hide
