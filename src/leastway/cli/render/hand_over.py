"""Renders the hand-over: what to give to the platform, and how to register it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.app.hand_over import Handed, HandOver
from leastway.cli.render.lines import print_line
from leastway.estate import Kind, Stage

__all__ = ["hand_over_json", "print_hand_over"]

_MOST_LISTED = 4


def print_hand_over(console: Console, found: HandOver, *, most: int | None = None, grant: str = "grant.yaml") -> None:
    """Print the hand-over; of more than `most` principals, only the first, and how to see the others."""
    if not found.principals:
        return
    print_line(console, Text(f"Hand-over to {found.platform}", "bold"))
    shown = found.principals[:most]
    for one in shown:
        for line in _lines(one):
            print_line(console, line)
    if more := len(found.principals) - len(shown):
        print_line(console, f"  and {more} more: leastway show {grant}")
    if found.command:
        print_line(console, f"To register them: leastway register {grant}")
        print_line(console, f"Or follow the README.md in the folder {found.platform} that this writes:")
        print_line(console, f"  {found.command}")


def hand_over_json(found: HandOver) -> Any:
    """Return the hand-over as JSON values; it contains no secret, only the path of a key."""
    return {
        "platform": found.platform,
        "principals": [_values(one) for one in found.principals],
        "register": found.command or None,
        "not_included": [str(where) for where in found.left_out],
    }


def _lines(one: Handed) -> Iterator[Text | str]:
    who = one.principal
    purpose = f"for {_listed([place.cluster for place in who.clusters])}" if who.clusters else "for Terraform"
    state = Text("  not as the grant requires (see above)", "bold red") if one.is_installed is False else Text()
    yield Text(f"  {who.address.place.account}  {who.address.kind.value} {who.address.name}, {purpose}").append(state)
    yield f"      ARN          {who.arn}"
    if who.address.kind is Kind.USER:
        kept = f"{one.key} (mode 0600): give it to the platform, then delete the file"
        yield f"      key          {kept if one.key else 'no file on this machine'}"
    elif who.subjects:
        for subject in who.subjects:
            yield f"      token of     {subject}"
    elif who.external_ids is None:
        yield "      external id  not decided yet: leastway plan decides it"
    else:
        yield f"      external id  {who.external_ids.current}"
        if who.external_ids.stage is not Stage.SETTLED:
            others = ", ".join(who.external_ids.others)
            yield f"                   {who.external_ids.stage.value}: {others} is known, too (see the notes of plan)"
    if who.registration is not None:
        definitions = who.registration.definitions
        used = f", used by {_listed(list(definitions))}" if definitions else ""
        yield f"      register as  cloud account {who.registration.id} ({who.registration.type}){used}"
    elif who.definitions:
        yield f"      register as  {_listed(list(who.definitions))}, whose modules assume the role"
    elif who.address.kind is Kind.USER:
        yield "      register     its key with the platform"
    elif who.subjects:
        yield "      register     its ARN where the platform requests the token (leastway explain platforms)"
    elif who.clusters:
        yield "      register     its ARN and external id with the platform"
    else:
        yield "      register     its ARN and external id in your own Terraform (the grant names no definitions for it)"


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _values(one: Handed) -> dict[str, Any]:
    who, ids = one.principal, one.principal.external_ids
    return {
        "account": who.address.place.account,
        "kind": who.address.kind.value,
        "name": who.address.name,
        "arn": who.arn,
        "installed": one.is_installed,
        "external_id": ids.current if ids else None,
        "other_external_ids": list(ids.others) if ids else [],
        "stage": ids.stage.value if ids else None,
        "key": str(one.key) if one.key else None,
        "clusters": [str(place) for place in who.clusters],
        "cloud_account": {"id": who.registration.id, "type": who.registration.type} if who.registration else None,
        "definitions": list(_unique((*who.definitions, *(who.registration.definitions if who.registration else ())))),
    }


def _unique(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(names)
