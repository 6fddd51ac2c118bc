"""Which accounts share a stack set: those whose templates are the same but for the account's id and external id.

A template holds the external ids of its accounts as a mapping by account id, of which CloudFormation takes 200 keys,
and it must fit into a call. So accounts of one shape make one set, or several where they are many.
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
"""Of a template, at the most: its header, and an account's id with its external id."""


@dataclass(frozen=True, slots=True)
class Set:
    """One stack set: its place in the order of deploying, from 1, and the stacks that it stands for, by account."""

    number: int
    parts: tuple[Part, ...]
    template: str

    @property
    def region(self) -> str:
        """The region of its stacks."""
        return self.parts[0].region

    @property
    def is_home(self) -> bool:
        """Whether it has IAM's objects."""
        return self.parts[0].is_home

    @property
    def file(self) -> str:
        """The template's file."""
        return f"set-{self.number}.yaml"

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of its accounts."""
        return tuple(part.account for part in self.parts)


def sets_of(request: ExportRequest, parts: Iterable[Part]) -> Iterator[Set]:
    """Yield the sets of `parts`: those with IAM's objects first, which the others' entries are for."""
    shapes: dict[tuple[bool, str, str], list[Part]] = defaultdict(list)
    for part in parts:
        shapes[not part.is_home, part.region, _text(request, part, _nobodys(part))].append(part)
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


def _nobodys(part: Part) -> Mapping[str, str]:
    return {"": ""} if external_id_of(part) else {}


def _external_ids(parts: tuple[Part, ...]) -> Mapping[str, str]:
    found = {part.account: external_id_of(part) for part in parts}
    return {account: external_id for account, external_id in found.items() if external_id}
