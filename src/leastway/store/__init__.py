"""What leastway remembers between runs, in a database and in files; the only home of SQLAlchemy."""

from leastway.store.agent_connections import AgentConnection
from leastway.store.audit import AuditLog, LogHead, NewEntry
from leastway.store.claims import AccountClaim
from leastway.store.contracts import StoredContract
from leastway.store.database import DatabaseStore, open_store
from leastway.store.key_rotations import StoredRotation
from leastway.store.members import Membership
from leastway.store.pending_removals import PendingRemovals
from leastway.store.platform import ConflictError, PlatformStore, Transaction, open_platform_store
from leastway.store.schema import REVISION
from leastway.store.states import StateAccess, StateLock, StateVersion, StateWriter, StoredState

__all__ = [
    "REVISION",
    "AccountClaim",
    "AgentConnection",
    "AuditLog",
    "ConflictError",
    "DatabaseStore",
    "LogHead",
    "Membership",
    "NewEntry",
    "PendingRemovals",
    "PlatformStore",
    "StateAccess",
    "StateLock",
    "StateVersion",
    "StateWriter",
    "StoredContract",
    "StoredRotation",
    "StoredState",
    "Transaction",
    "open_platform_store",
    "open_store",
]
