"""Compile a grant into its estate, with pure functions that make no calls and read no clock."""

from leastway.compiler.compile import (
    EACH_NODEGROUP,
    Compiled,
    cluster_places,
    compile_for_mode,
    compile_grant,
    principal_arn,
    role_arn,
)
from leastway.compiler.documents import egress_policy, platform_policy
from leastway.compiler.external_ids import (
    Choice,
    ExternalIdConflict,
    LiveRole,
    RoleState,
    Settled,
    external_id_notes,
    ids_without_looking,
    live_roles,
    refuse_conflicts,
    role_keys,
    settle,
)
from leastway.compiler.hand_over import Registration, Usable, usable_principals
from leastway.compiler.key_places import KeyPlace, key_places
from leastway.compiler.notes import action_notes, notes, platform_notes, unsafe_notes
from leastway.compiler.registrations import key_of_user, registrations_of
from leastway.compiler.scope import Scope, scope_of

__all__ = [
    "EACH_NODEGROUP",
    "Choice",
    "Compiled",
    "ExternalIdConflict",
    "KeyPlace",
    "LiveRole",
    "Registration",
    "RoleState",
    "Scope",
    "Settled",
    "Usable",
    "action_notes",
    "cluster_places",
    "compile_for_mode",
    "compile_grant",
    "egress_policy",
    "external_id_notes",
    "ids_without_looking",
    "key_of_user",
    "key_places",
    "live_roles",
    "notes",
    "platform_notes",
    "platform_policy",
    "principal_arn",
    "refuse_conflicts",
    "registrations_of",
    "role_arn",
    "role_keys",
    "scope_of",
    "settle",
    "unsafe_notes",
    "usable_principals",
]
