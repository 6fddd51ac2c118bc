"""Installed address lists that differ from the profile's: which objects have them, and which addresses differ.

If a list lacks an address, requests of the platform from that address are denied. If it has an extra address, requests
from whoever has that address today are not denied.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leastway.estate import Address, addresses_of
from leastway.grant import Profile
from leastway.policy import Document
from leastway.reconcile.plan import Change

__all__ = ["OldList", "old_lists"]


@dataclass(frozen=True, slots=True)
class OldList:
    """One object whose address Deny differs from the profile's list, across all of its policies.

    `lacks` and `surplus` are CIDR blocks. `version` is the bundled version of the platform's profile that has exactly
    this list, or empty.
    """

    object: Address
    lacks: tuple[str, ...]
    surplus: tuple[str, ...]
    version: str = ""


def old_lists(changes: Iterable[Change], profiles: Iterable[Profile]) -> tuple[OldList, ...]:
    """Return the objects in a plan's changes that have a different list.

    An object without any list is not included: it lacks more than addresses. `profiles` are the versions of the
    platform's profile, by which a list may be recognized.
    """
    by_list = {_blocks(profile.addresses): profile.version for profile in profiles}
    found: list[OldList] = []
    for change in changes:
        lists = tuple(_lists(change))
        lacks = frozenset[str]().union(*(wanted - installed for installed, wanted in lists))
        surplus = frozenset[str]().union(*(installed - wanted for installed, wanted in lists))
        if lacks or surplus:
            versions = {by_list.get(installed, "") for installed, _ in lists}
            version = versions.pop() if len(versions) == 1 else ""
            found.append(OldList(change.address, tuple(sorted(lacks)), tuple(sorted(surplus)), version))
    return tuple(found)


def _lists(change: Change) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield the installed and the desired list of each policy for which both exist and differ."""
    for difference in change.differences:
        if isinstance(difference.before, Document) and isinstance(difference.after, Document):
            installed, wanted = (_blocks(addresses_of(one)) for one in (difference.before, difference.after))
            if installed and wanted and installed != wanted:
                yield installed, wanted


def _blocks(addresses: Iterable[str]) -> frozenset[str]:
    """Return the addresses as CIDR blocks: to IAM, an address without a mask is the block of that one address."""
    return frozenset(map(_block, addresses))


def _block(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text
