"""What is wrong with several things of one account for one reason, said once: credentials that expired, for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text

from leastway.estate import Address, Place

__all__ = ["Trouble", "together", "trouble_lines"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """A reason and its way out, and the objects or places of `account` that it holds for."""

    account: str
    reason: str
    fix: str
    where: tuple[Address | Place, ...]


def together(problems: Iterable[tuple[Address | Place, str, str]]) -> list[Trouble]:
    """Put together what has the same account, reason and way out, in the order of the first of each."""
    found: dict[tuple[str, str, str], list[Address | Place]] = {}
    for where, reason, fix in problems:
        account = where.place.account if isinstance(where, Address) else where.account
        found.setdefault((account, reason, fix), []).append(where)
    return [Trouble(*key, tuple(where)) for key, where in found.items()]


def trouble_lines(trouble: Trouble) -> Iterator[Text]:
    """Yield the lines for a person: of several, the account and which they are."""
    several = len(trouble.where) > 1
    yield Text.assemble((f"? {trouble.account if several else trouble.where[0]}", "bold red"), f"  {trouble.reason}")
    if trouble.fix:
        yield Text(f"    {trouble.fix}", style="italic")
    if several:
        yield Text(f"    so {len(trouble.where)} are unknown: {_listed(trouble.where)}", style="dim")


def _listed(where: tuple[Address | Place, ...]) -> str:
    named = [f"{each.kind.value} {each.name}" if isinstance(each, Address) else str(each) for each in where[:_NAMED]]
    more = len(where) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
