"""From grant to estate and to contract: pure functions, without a call and without a clock."""

from leastway.compiler.compile import Compiled, cluster_places, compile_grant, principal_arn
from leastway.compiler.contract import Contract, Need, RoleContract, contract_of
from leastway.compiler.notes import Note, notes, platform_notes, unsafe_notes
from leastway.compiler.registrations import registrations_of

__all__ = [
    "Compiled",
    "Contract",
    "Need",
    "Note",
    "RoleContract",
    "cluster_places",
    "compile_grant",
    "contract_of",
    "notes",
    "platform_notes",
    "principal_arn",
    "registrations_of",
    "unsafe_notes",
]
