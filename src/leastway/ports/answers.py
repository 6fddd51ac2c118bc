"""An answer that is not what was asked for, in the words of every adapter.

One that says 2xx and cannot be read must never count as nothing there: neither as empty nor as absent.
"""

from __future__ import annotations

from leastway.errors import LeastwayError

__all__ = ["ShapeError", "UnreadableAnswerError"]


class ShapeError(ValueError):
    """A part of an answer is not what it must be."""


class UnreadableAnswerError(LeastwayError):
    """An answer that says 2xx and is not what was asked for: nothing is known, and nothing counts as absent.

    `fix` says what may stand between here and the service.
    """
