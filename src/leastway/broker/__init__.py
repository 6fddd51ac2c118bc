"""What stands between a request and a credential: live sessions, the gate that every hand-out passes, and its streams.

Nothing leaves before its audit entry is committed, in a transaction that has read the kill switches. Refusing needs
neither the database nor the log.
"""

from leastway.broker.accounts import Accounts
from leastway.broker.gate import Gate, StaleError, StoppedError, SwitchesUnknownError
from leastway.broker.hand_outs import Asked, Broker, HandOut, UnknownAccountError
from leastway.broker.live import LiveSession, Sessions
from leastway.broker.own_identity import OwnIdentity
from leastway.broker.recording import AuditLedger, Enter
from leastway.broker.streams import Streams
from leastway.broker.switching import Switched, Switching
from leastway.broker.watcher import Watcher

__all__ = [
    "Accounts",
    "Asked",
    "AuditLedger",
    "Broker",
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
]
