"""Errors that all adapters share: an answer that is not what was requested, and credentials that are not accepted.

A 2xx answer that cannot be read must never count as an empty or absent result.
"""

from __future__ import annotations

from leastway.errors import LeastwayError

__all__ = ["CredentialsRejectedError", "ShapeError", "UnreadableAnswerError"]


class ShapeError(ValueError):
    """A part of an answer does not have the expected shape."""


class UnreadableAnswerError(LeastwayError):
    """A 2xx answer that is not what was requested: the result is unknown, and nothing counts as absent.

    `fix` says what may be between this machine and the service.
    """


class CredentialsRejectedError(LeastwayError):
    """The service does not accept the credentials at all, which says nothing about what their holder may do."""
