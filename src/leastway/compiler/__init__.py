"""From grant to estate: pure functions, without a call and without a clock."""

from leastway.compiler.compile import Compiled, cluster_places, compile_grant, principal_arn, role_arn
from leastway.compiler.external_id_notes import external_id_notes
from leastway.compiler.external_id_state import Choice, LiveRole, Question, RoleState, Settled
from leastway.compiler.external_ids import ids_without_looking, role_keys, settle
from leastway.compiler.notes import Note, notes, platform_notes, unsafe_notes
from leastway.compiler.registrations import registrations_of

__all__ = [
    "Choice",
    "Compiled",
    "LiveRole",
    "Note",
    "Question",
    "RoleState",
    "Settled",
    "cluster_places",
    "compile_grant",
    "external_id_notes",
    "ids_without_looking",
    "notes",
    "platform_notes",
    "principal_arn",
    "registrations_of",
    "role_arn",
    "role_keys",
    "settle",
    "unsafe_notes",
]
