"""The external ids of a grant's roles: which each role should accept, conflicts with live roles, and notes."""

from leastway.compiler.external_ids.notes import external_id_notes
from leastway.compiler.external_ids.settle import ids_without_looking, live_roles, role_keys, settle
from leastway.compiler.external_ids.state import (
    Choice,
    ExternalIdConflict,
    LiveRole,
    RoleState,
    Settled,
    refuse_conflicts,
)

__all__ = [
    "Choice",
    "ExternalIdConflict",
    "LiveRole",
    "RoleState",
    "Settled",
    "external_id_notes",
    "ids_without_looking",
    "live_roles",
    "refuse_conflicts",
    "role_keys",
    "settle",
]
