"""Organizations, and the format of their ids, which environments, applications and agents share.

Source: Humanitec's API, `^[a-z0-9](?:-?[a-z0-9]+)+$` of at most 50 characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

__all__ = ["MOST_CHARACTERS", "Organization", "is_organization_id"]

MOST_CHARACTERS = 50


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant of the server."""

    id: str
    name: str
    created_at: datetime


def is_organization_id(text: str) -> bool:
    """Return whether `text` can be the id of an organization: 2 to 50 lower-case letters, digits, single hyphens."""
    return len(text) <= MOST_CHARACTERS and re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", text) is not None and len(text) > 1
