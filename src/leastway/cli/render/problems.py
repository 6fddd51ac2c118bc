"""Groups problems of one account that have the same reason, such as expired credentials, to print them once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text

from leastway.estate import Address, Place

__all__ = ["ProblemGroup", "group_lines", "group_problems"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """A reason and its fix, and the objects or places of `account` that it applies to."""

    account: str
    reason: str
    fix: str
    where: tuple[Address | Place, ...]


def group_problems(problems: Iterable[tuple[Address | Place, str, str]]) -> list[ProblemGroup]:
    """Group problems with the same account, reason and fix, in the order of the first of each group."""
    found: dict[tuple[str, str, str], list[Address | Place]] = {}
    for where, reason, fix in problems:
        account = where.place.account if isinstance(where, Address) else where.account
        found.setdefault((account, reason, fix), []).append(where)
    return [ProblemGroup(*key, tuple(where)) for key, where in found.items()]


def group_lines(group: ProblemGroup) -> Iterator[Text]:
    """Yield the lines of a group; several places are listed below their account."""
    several = len(group.where) > 1
    where = group.account if several else str(group.where[0])
    yield Text.assemble((f"? {where}", "bold red"), f"  {group.reason.removeprefix(f'{where}: ')}")
    if group.fix:
        yield Text(f"    {group.fix}", style="italic")
    if several:
        yield Text(f"    {_counted(group.where)} unknown: {_listed(group.where)}", style="dim")


def _counted(where: tuple[Address | Place, ...]) -> str:
    objects = sum(isinstance(each, Address) for each in where)
    counts = ((objects, "object"), (len(where) - objects, "place"))
    return " and ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def _listed(where: tuple[Address | Place, ...]) -> str:
    named = [f"{each.kind.value} {each.name}" if isinstance(each, Address) else str(each) for each in where[:_NAMED]]
    more = len(where) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
