"""The protocols that adapters fulfil, and that everything above reconciles through."""

from leastway.ports.keys import KeyCustody
from leastway.ports.live import AlreadyThereError, NotThereYetError, Observation, Site, Sites
from leastway.ports.looking import looked, not_looked_at
from leastway.ports.store import Store

__all__ = [
    "AlreadyThereError",
    "KeyCustody",
    "NotThereYetError",
    "Observation",
    "Site",
    "Sites",
    "Store",
    "looked",
    "not_looked_at",
]
