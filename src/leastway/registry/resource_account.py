"""Cloud accounts as the platform's server keeps them: without their credentials, which are in custody.

Source: Humanitec's API, `ResourceAccountResponse`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["ResourceAccount"]


@dataclass(frozen=True, slots=True)
class ResourceAccount:
    """An account of one organization; `version` is the version of its credential in use, from 1.

    Sessions are made anew when `session_series` is raised.
    """

    organization: str
    id: str
    name: str
    type: str
    version: int
    created_at: datetime
    created_by: str
    session_series: int = 0
