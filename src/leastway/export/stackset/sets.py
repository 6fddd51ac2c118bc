"""Group accounts into stack sets: those whose templates differ only in the account id and the external id.

A template has the external ids of its accounts in a mapping by account id, which CloudFormation limits to 200 keys, and
it must fit into a call. So accounts with the same template share one set, or several if there are many.
Source: CloudFormation User Guide, "Understand CloudFormation quotas".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from leastway.export.cloudformation import Part, template_of, template_text
from leastway.export.cloudformation.template import LARGEST_INLINE, external_id_of
from leastway.export.exporter import ExportRequest

__all__ = ["Set", "sets_of"]

_MOST_ACCOUNTS = 200
_HEADER = 1_000
_BYTES_OF_ACCOUNT = 100
"""Largest size, in bytes, of the header of a template, and of an account id with its external id."""


@dataclass(frozen=True, slots=True)
class Set:
    """One stack set: its number in deployment order, from 1, and its stacks by account."""

    number: int
    parts: tuple[Part, ...]
    template: str

    @property
    def region(self) -> str:
        """The region of its stacks."""
        return self.parts[0].region

    @property
    def is_home(self) -> bool:
        """Whether it has the IAM objects."""
        return self.parts[0].is_home

    @property
    def file(self) -> str:
        """The file of the template."""
        return f"set-{self.number}.yaml"

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of its accounts."""
        return tuple(part.account for part in self.parts)


def sets_of(request: ExportRequest, parts: Iterable[Part]) -> Iterator[Set]:
    """Yield the sets of `parts`, those with IAM objects first: the access entries of the others need them."""
    shapes: dict[tuple[bool, str, str], list[Part]] = defaultdict(list)
    for part in parts:
        shapes[not part.is_home, part.region, _text(request, part, _no_ids(part))].append(part)
    number = 0
    for key, same in sorted(shapes.items()):
        room = (LARGEST_INLINE - _HEADER - len(key[2].encode())) // _BYTES_OF_ACCOUNT
        size = max(1, min(_MOST_ACCOUNTS, room))
        for start in range(0, len(same), size):
            number += 1
            chunk = tuple(same[start : start + size])
            yield Set(number, chunk, _text(request, chunk[0], _external_ids(chunk)))


def _text(request: ExportRequest, part: Part, external_ids: Mapping[str, str]) -> str:
    return template_text(
        template_of(part, request.grant, request.role_prefix, external_ids=external_ids, with_parameters=False)
    )


def _no_ids(part: Part) -> Mapping[str, str]:
    return {"": ""} if external_id_of(part) else {}


def _external_ids(parts: tuple[Part, ...]) -> Mapping[str, str]:
    found = {part.account: external_id_of(part) for part in parts}
    return {account: external_id for account, external_id in found.items() if external_id}
