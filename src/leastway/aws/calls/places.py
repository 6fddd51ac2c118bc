"""Where the resources of a call are, and what a request says about one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from leastway.primitives import Partition

__all__ = ["MOST_RESOURCES", "Found", "ResourcePlace", "has_wildcard"]

Found = tuple[str | None, bool]
"""A resource, and whether it is a pattern."""

MOST_RESOURCES: Final = 200
"""Most resources of one call; more are unknown."""
has_wildcard: Final = re.compile(r"[*?\x00-\x1f]").search
"""Finds what a name cannot have, and a pattern would read."""


@dataclass(frozen=True, slots=True)
class ResourcePlace:
    """Where the resources of a call are."""

    partition: Partition
    region: str
    account: str

    def fill(self, template: str) -> str:
        """Return a template with partition, region and account filled in."""
        return (
            template.replace("${Partition}", self.partition.value)
            .replace("${Region}", self.region)
            .replace("${Account}", self.account)
        )
