"""What stands between a request and a credential: live sessions, the gate that every hand-out passes, and its streams.

Nothing leaves before its audit entry is committed, in a transaction that has read the kill switches. Refusing needs
neither the database nor the log.
"""

from leastway.broker.gate import Gate, StaleError, StoppedError, SwitchesUnknownError
from leastway.broker.hand_outs import Broker, HandOut
from leastway.broker.live import LiveSession, Sessions
from leastway.broker.own_identity import OwnIdentity
from leastway.broker.recording import AuditLedger, Enter, entry_of_hand_out
from leastway.broker.requests import Asked, AssumeFields, CloudAccounts, UnknownAccountError
from leastway.broker.streams import Streams
from leastway.broker.switching import Switched, Switching
from leastway.broker.watcher import Watcher

__all__ = [
    "Asked",
    "AssumeFields",
    "AuditLedger",
    "Broker",
    "CloudAccounts",
    "Enter",
    "Gate",
    "HandOut",
    "LiveSession",
    "OwnIdentity",
    "Sessions",
    "StaleError",
    "StoppedError",
    "Streams",
    "Switched",
    "SwitchesUnknownError",
    "Switching",
    "UnknownAccountError",
    "Watcher",
    "entry_of_hand_out",
]
