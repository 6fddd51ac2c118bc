"""What leastway remembers between runs, in a database and in files; the only home of SQLAlchemy."""

from leastway.store.audit import AuditLog, LogHead, NewEntry
from leastway.store.claims import Claim
from leastway.store.contracts import StoredContract
from leastway.store.database import DatabaseStore, open_store
from leastway.store.members import Membership
from leastway.store.pending_removals import PendingRemovals
from leastway.store.platform import ConflictError, PlatformStore, Transaction, open_platform_store
from leastway.store.schema import REVISION

__all__ = [
    "REVISION",
    "AuditLog",
    "Claim",
    "ConflictError",
    "DatabaseStore",
    "LogHead",
    "Membership",
    "NewEntry",
    "PendingRemovals",
    "PlatformStore",
    "StoredContract",
    "Transaction",
    "open_platform_store",
    "open_store",
]
