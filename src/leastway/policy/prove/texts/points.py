"""Sets of numbers, dates, addresses and bytes, as the conditions of a policy describe them.

The limits in the policies divide the values of a family into finitely many pieces, within which no condition can
distinguish values. Testing one text of each piece decides for all of them, so each question here is exact. One piece is
the text that is not a value at all: no condition holds for it, negated or not.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import ipaddress
import itertools
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.address import compile_address, parse_address, parse_range
from leastway.policy.evaluate.conditions.binary import compile_binary
from leastway.policy.evaluate.conditions.date import compile_date, parse_date
from leastway.policy.evaluate.conditions.number import compile_number, parse_number
from leastway.policy.model import BaseOperator, OperatorFamily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastway.policy.model import Values

__all__ = ["PointSet", "find_point"]

_MALFORMED = "?"
_NICE_ADDRESSES = ("203.0.113.10", "2001:db8::10")
"""Addresses from the ranges reserved for documentation. Sources: RFC 5737, RFC 3849."""


@dataclass(frozen=True, slots=True, eq=False)
class PointSet:
    """The texts for which `holds` is true, or with `inside` false all others; `limits` are the policy's values."""

    family: OperatorFamily
    holds: Callable[[str], bool]
    limits: tuple[str, ...]
    inside: bool = True
    base: BaseOperator | None = None
    """The operator; None for the set of all well-formed texts."""

    @property
    def identity(self) -> Hashable:
        """A key that is equal for two equal sets."""
        return self.family, self.base, frozenset(self.limits), self.inside

    @property
    def is_plain(self) -> bool:
        """Whether it has no variables; always true here."""
        return True

    @classmethod
    def of(cls, base: BaseOperator, values: Values) -> PointSet:
        """Return the texts for which an operator of a family other than strings, ARNs and booleans holds."""
        match base.family:
            case OperatorFamily.NUMERIC:
                test = compile_number(base, values)
            case OperatorFamily.DATE:
                test = compile_date(base, values)
            case OperatorFamily.IP:
                test = compile_address(base, values)
            case OperatorFamily.BINARY:
                test = compile_binary(values)
            case _:
                raise AssertionError(f"{base} compares strings")
        return cls(base.family, lambda text: test(text, {}), values.items, base=base)

    @classmethod
    def well_formed(cls, family: OperatorFamily) -> PointSet:
        """Return the texts that can be read as a value of `family`."""
        return cls(family, lambda text: _PARSERS[family](text) is not None, ())

    def complement(self) -> PointSet:
        """Return all other texts."""
        return replace(self, inside=not self.inside)

    def contains(self, text: str) -> bool:
        """Whether `text` is in the set."""
        return self.holds(text) is self.inside


_PARSERS: dict[OperatorFamily, Callable[[str], object]] = {
    OperatorFamily.NUMERIC: parse_number,
    OperatorFamily.DATE: parse_date,
    OperatorFamily.IP: parse_address,
}


def find_point(sets: Sequence[PointSet], *, tick: Callable[[], None] = lambda: None) -> str | None:
    """Return a text that is in all `sets`, which must be of one family; None if there is none.

    `tick` is called regularly, and may raise to give up.
    """
    latest_first = sets[::-1]
    for text in candidates(sets):
        tick()
        if all(found.contains(text) for found in latest_first):
            return text
    return None


def candidates(sets: Sequence[PointSet]) -> Iterator[str]:
    """Yield one text of each piece into which `sets`, of one family, divide the texts."""
    limits = list(dict.fromkeys(limit for found in sets for limit in found.limits))
    match sets[0].family:
        case OperatorFamily.NUMERIC:
            yield from _ordered([found for found in map(parse_number, limits) if found is not None], _number)
        case OperatorFamily.DATE:
            yield from _ordered([found for found in map(parse_date, limits) if found is not None], _date)
        case OperatorFamily.IP:
            yield from _addresses(limits)
        case _:
            yield from limits
            yield from (base64.b64encode(b"%d" % number).decode() for number in range(len(limits) + 1))
    yield _MALFORMED


def _ordered(limits: Iterable[Decimal], write: Callable[[Decimal], str]) -> Iterator[str]:
    """Yield each limit, a value between each two (a whole number if possible), and one above and below all."""
    found = sorted(set(limits)) or [Decimal(0)]
    yield from map(write, found)
    yield write(Decimal(math.floor(found[-1]) + 1))
    yield write(Decimal(math.ceil(found[0]) - 1))
    for lower, upper in itertools.pairwise(found):
        whole = Decimal(math.floor(lower) + 1)
        yield write(whole if whole < upper else _halfway(lower, upper))


def _halfway(lower: Decimal, upper: Decimal) -> Decimal:
    with decimal.localcontext(prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN):
        return (lower + upper) * Decimal("0.5")


def _number(value: Decimal) -> str:
    return f"{value:f}"


def _date(value: Decimal) -> str:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    try:
        moment += dt.timedelta(seconds=int(value))
    except OverflowError:
        return _number(value)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if value == int(value) and moment.year >= 1000 else _number(value)


def _addresses(limits: Iterable[str]) -> Iterator[str]:
    yield from _NICE_ADDRESSES
    for limit in limits:
        network = parse_range(limit)
        if network is None:
            continue
        yield str(network.network_address)
        following = int(network.broadcast_address) + 1
        if following < 2**network.max_prefixlen:
            yield str(ipaddress.IPv4Address(following) if network.version == 4 else ipaddress.IPv6Address(following))
    yield str(ipaddress.IPv4Address(0))
    yield str(ipaddress.IPv6Address(0))
