"""The gateway: the only way out of a run, in a process of its own; surrogate keys inside, real sessions outside.

`authority` is what it asks of the server, `control` the channel between them.
"""

from leastway.gateway.authority import (
    AskedAuthority,
    Authority,
    AuthorityGoneError,
    CallEntry,
    CallOutcome,
    CredentialsMode,
    Decision,
    Orders,
    RefusedError,
    RunTerms,
    SessionAsk,
    StateAnswer,
    StateRequest,
)
from leastway.gateway.memory import MemoryAuthority

__all__ = [
    "AskedAuthority",
    "Authority",
    "AuthorityGoneError",
    "CallEntry",
    "CallOutcome",
    "CredentialsMode",
    "Decision",
    "MemoryAuthority",
    "Orders",
    "RefusedError",
    "RunTerms",
    "SessionAsk",
    "StateAnswer",
    "StateRequest",
]
