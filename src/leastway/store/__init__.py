"""What leastway remembers between runs, in a database and in files; the only home of SQLAlchemy."""

from leastway.store.database import DatabaseStore, open_store
from leastway.store.pending_removals import PendingRemovals

__all__ = ["DatabaseStore", "PendingRemovals", "open_store"]
