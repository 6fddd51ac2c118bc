"""The options of a write, from its query.

Source: Kubernetes documentation, "Kubernetes API Concepts": dry run, field validation, field managers.
"""

from __future__ import annotations

from dataclasses import dataclass

from leastway.sandbox.kube.connection import Request
from leastway.sandbox.kube.status import ApiError, bad_request

__all__ = ["WriteOptions", "read_options"]


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """`validation` is `Ignore`, `Warn` or `Strict`; `force` takes fields from other managers in an apply."""

    dry_run: bool
    manager: str
    force: bool
    validation: str


def read_options(request: Request) -> WriteOptions:
    """Return the options of `request`; values that do not exist are refused."""
    query = request.query
    dry_run = query.get("dryRun", "")
    if dry_run not in ("", "All"):
        message = f'dryRun: Unsupported value: "{dry_run}": supported values: "All"'
        raise ApiError(422, "Invalid", message)
    validation = query.get("fieldValidation") or "Warn"
    if validation not in ("Ignore", "Warn", "Strict"):
        raise bad_request(f'fieldValidation: Unsupported value: "{validation}"')
    agent = request.headers.get("user-agent", "").split("/", 1)[0]
    return WriteOptions(
        dry_run == "All", query.get("fieldManager") or agent or "unknown", query.get("force") == "true", validation
    )
