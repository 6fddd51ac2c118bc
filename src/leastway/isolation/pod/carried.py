"""One of the streams that are carried over another, as an end knows it; and a message between both ends.

The standard library is enough for this file, because it is also sent to the pod of a sandbox.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["WINDOW", "BrokenError", "Carried", "message_of"]

WINDOW = 512 * 1024
"""Bytes that may be on their way for one stream."""


class BrokenError(Exception):
    """The other end is gone, or sends what it must not."""


class Carried:
    """One stream: the descriptor that is read for the other end, and the one that gets what comes from there.

    They are the same for a connection, and one is missing for what goes in one direction.
    """

    def __init__(self, number: int, reads: int | None, writes: int | None) -> None:
        self.number = number
        self.reads = reads
        self.writes = writes
        self.may_send = WINDOW
        self.may_come = WINDOW
        self.passed = 0
        self.pending = bytearray()
        self.has_sent_end = reads is None
        self.has_got_end = writes is None
        self.is_shut = writes is None


def message_of(content: bytes) -> dict[str, Any]:
    """Return a message. Raises BrokenError if it is none."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BrokenError("the other end sent what is no message")
    return value
