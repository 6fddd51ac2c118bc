"""The protocols that adapters implement and that the levels above use."""

from leastway.ports.answers import ShapeError, UnreadableAnswerError
from leastway.ports.guests import FailedCall, Guest, Guests, SessionKeys
from leastway.ports.keys import KeyCustody
from leastway.ports.live import AlreadyThereError, NotThereYetError, Observation, Site, Sites
from leastway.ports.looking import looked, not_looked_at
from leastway.ports.store import Store

__all__ = [
    "AlreadyThereError",
    "FailedCall",
    "Guest",
    "Guests",
    "KeyCustody",
    "NotThereYetError",
    "Observation",
    "SessionKeys",
    "ShapeError",
    "Site",
    "Sites",
    "Store",
    "UnreadableAnswerError",
    "looked",
    "not_looked_at",
]
