"""`leastway suggest`: the policy that the platform's server suggests from what runs called."""

from __future__ import annotations

import re
from typing import Any, Final

from leastway.app.server_client import ServerClient

__all__ = ["suggest_from_server"]

_RUN: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def suggest_from_server(client: ServerClient, organization: str | None, name: str) -> dict[str, Any]:
    """Return the suggestion for a run, if `name` is the id of one, else for a definition."""
    kind = "run" if _RUN.fullmatch(name) else "definition"
    return client.object("GET", client.path(organization, "suggestions"), query={kind: name})
