"""What identifies a resource of an environment: its type, its class and its id, written TYPE.CLASS#ID.

The type of an organization's own is ORGANIZATION/NAME.
In a placeholder and in a co-provision, the class and the id may be left out: they are then those of the resource that
refers. Source: Humanitec's documentation, "Resource Graph".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from leastway.errors import InvalidInputError
from leastway.registry.identifier import TYPE_SHAPE
from leastway.registry.resource_type import DEFAULT_CLASS

__all__ = ["ResourceKey"]

_SHAPE = re.compile(rf"({TYPE_SHAPE})(?:\.([a-z0-9](?:[a-z0-9-]*[a-z0-9])?))?(?:#([!-~]{{1,256}}))?")


@dataclass(frozen=True, slots=True, order=True)
class ResourceKey:
    """A resource of one environment."""

    type: str
    resource_class: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}.{self.resource_class}#{self.id}"

    @classmethod
    def parse(cls, text: str, *, inherit: ResourceKey | None = None) -> ResourceKey:
        """Read TYPE, TYPE.CLASS, TYPE#ID or TYPE.CLASS#ID; what is left out is that of `inherit`.

        Without `inherit`, the class is `default` and the id is necessary. Errors: InvalidInputError.
        """
        found = _SHAPE.fullmatch(text)
        if found is None or (found[3] is None and inherit is None):
            raise InvalidInputError("it is not a resource", fix="write it as TYPE#ID or TYPE.CLASS#ID")
        if inherit is None:
            return cls(found[1], found[2] or DEFAULT_CLASS, found[3])
        return cls(found[1], found[2] or inherit.resource_class, found[3] or inherit.id)
