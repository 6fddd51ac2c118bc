"""Audit entries: who did what to what, with which outcome, as canonical bytes. Pure.

An entry is made of types that cannot be a secret: `Secret` is refused when the entry is created, and text that a caller
controls is capped, with a digest of the rest.
"""

from leastway.audit.entry import (
    LOG_BEGAN,
    LOG_ENDED,
    SERVER,
    Actor,
    AuditedRequest,
    Detail,
    Entry,
    EntryError,
    Outcome,
    canonical,
    read_entry,
)

__all__ = [
    "LOG_BEGAN",
    "LOG_ENDED",
    "SERVER",
    "Actor",
    "AuditedRequest",
    "Detail",
    "Entry",
    "EntryError",
    "Outcome",
    "canonical",
    "read_entry",
]
