"""A list of a platform's addresses that lacks some, or contains some that the platform no longer uses.

If an address is missing, the platform is refused when it calls from there; an old address admits whoever has it now.
The list is recognized by any address of the platform. Source: the platform's published, dated list, as given to the
linter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.ranges import is_within
from leastway.lint.rule import Inconclusive, Rule, Violation
from leastway.policy.evaluate.conditions.address import parse_range
from leastway.policy.model import BaseOperator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import ConditionAt, Exhibit
    from leastway.lint.knowledge import Knowledge, KnownPlatform

__all__ = ["RULE"]

_IP = (BaseOperator.IP_ADDRESS, BaseOperator.NOT_IP_ADDRESS)


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation | Inconclusive]:
    for found in exhibit.statements():
        for condition in found.conditions():
            if condition.key.lower() != "aws:sourceip" or condition.operator.base not in _IP:
                continue
            if not knowledge.platforms:
                reason = "there is no address list of a platform to compare with"
                yield Inconclusive(condition.path, reason, "give the platform's addresses")
            for platform in knowledge.platforms:
                yield from _compare(condition, platform)


def _compare(condition: ConditionAt, platform: KnownPlatform) -> Iterator[Violation]:
    places = [(network, path) for value, path in condition.each() if (network := parse_range(value))]
    here = {network for network, _ in places}
    current = {text: network for text in platform.addresses if (network := parse_range(text))}
    former = {network for text in platform.former if (network := parse_range(text))} - set(current.values())
    if not here & (former | set(current.values())):
        return
    lacking = [text for text, network in current.items() if not any(is_within(network, one) for one in here)]
    if lacking:
        count = f"{len(lacking)} of the {len(platform.addresses)} addresses"
        message = f"this list lacks {count} of {platform.name}, published {platform.published}: {', '.join(lacking)}"
        yield Violation(
            condition.path, message, "add them; without them, the platform is refused when it calls from there"
        )
    for network, path in places:
        if network in former:
            message = f"{network} is no longer an address of {platform.name}"
            yield Violation(path, message, "remove it once you have checked that the platform does not use it")
        elif not any(is_within(network, one) for one in current.values()):
            message = f"{network} is listed with the addresses of {platform.name}, but is not one of them"
            yield Violation(path, message, "remove it, unless it is your own", Severity.NOTE)


RULE = Rule("old-address-list", Severity.WARNING, "a platform's address list that is not up to date", _check)
