"""Rules `external-id-reused` and `external-id-guessable`: a different, random one for each account.

Source: IAM User Guide, "Access to AWS accounts owned by third parties".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.external_id import why_guessable
from leastway.grant.values.external_id import is_external_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.external_id_form import ExternalIdForm
    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.source import Node

__all__ = ["check_external_ids"]

_FIX = "remove `external_id`: leastway then generates one with 256 random bits for each account and stores it"
_SHOWN = "write the external id that the platform shows: it makes them itself"
_COMPOSED = "write the id that the platform composes for this role, in full"


def check_external_ids(reading: GrantReading) -> Iterator[Problem]:
    """Yield each external id that another account has too, or that can be guessed; roles of one may share it.

    Those of a platform that composes them have a form instead, and each role has its own.
    """
    form = reading.profile.external_id_form if reading.profile is not None else None
    own = {
        text: node
        for account in reading.accounts
        if (way_in := account.get("access")) is not None
        and (node := way_in.get("external_id")) is not None
        and (text := node.string())
    }
    first: dict[str, Node] = dict(own)
    metadata = reading.tree.root.get("metadata")
    grant_name = metadata.string_at("name") if metadata is not None else None
    for account in reading.accounts:
        mine: dict[str, Node] = {}
        for named in (account, *account.each("roles")):
            node = named.get("external_id")
            text = node.string() if node is not None else None
            if node is None or not text:
                continue
            if text in first or (form is not None and text in mine):
                message = f"this external id is used twice, first on line {reading.line_of((mine | first)[text])}"
                yield reading.tree.problem("external-id-reused", node, message, _FIX if form is None else _COMPOSED)
            mine.setdefault(text, node)
            if form is not None:
                yield from _of_form(reading, form, node, text)
                continue
            why = why_guessable(
                text,
                account=account.string_at("id"),
                grant=grant_name,
                roles=(role.string_at("name") for role in account.each("roles")),
                clusters=(cluster.string_at("name") for cluster in account.each("clusters")),
            )
            if is_external_id(text) and why:
                message = f"this external id can be guessed: {why}"
                fix = _SHOWN if reading.profile and reading.profile.external_id_reason else _FIX
                yield reading.tree.problem("external-id-guessable", node, message, fix)
        first = mine | first


def _of_form(reading: GrantReading, form: ExternalIdForm, node: Node, text: str) -> Iterator[Problem]:
    if is_external_id(text) and (why := form.why_not(text)):
        message = f"the platform does not present this external id: {why}"
        yield reading.tree.problem("external-id", node, message, _COMPOSED)
