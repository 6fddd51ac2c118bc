"""What leastway remembers between two runs; the only home of SQLAlchemy."""

from leastway.store.database import DatabaseStore, open_store

__all__ = ["DatabaseStore", "open_store"]
