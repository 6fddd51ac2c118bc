"""Passwords of people: argon2id, a limited number at a time.

The parameters are those that RFC 9106 recommends for memory-constrained environments (section 4, second option): 3
passes over 64 MiB, 4 lanes, a salt of 16 bytes, a tag of 32 bytes. Each verification takes that memory, so only a few
run at a time: a flood of sign-ins must not take the memory of the server.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["LONGEST", "SHORTEST", "Passwords"]

SHORTEST = 12
LONGEST = 1024
"""Characters. The longest one bounds the work before the hash."""
_PASSES = 3
_MEMORY_KIB = 64 * 1024
_LANES = 4
_AT_ONCE = 2
_PATIENCE = 10.0
"""Seconds that a sign-in waits for its turn."""


class Passwords:
    """Hashes and verifies passwords. Thread-safe. `memory` is in KiB; tests use little, and nothing else does."""

    def __init__(
        self, *, at_once: int = _AT_ONCE, patience: float = _PATIENCE, passes: int = _PASSES, memory: int = _MEMORY_KIB
    ) -> None:
        from argon2 import PasswordHasher

        self._hasher: PasswordHasher = PasswordHasher(
            time_cost=passes, memory_cost=memory, parallelism=_LANES, hash_len=32, salt_len=16
        )
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._nobodys: str | None = None

    def hash(self, password: Secret) -> str:
        """Return the text that the store keeps. Errors: InvalidInputError for a password that is too short or long."""
        length = len(password.reveal())
        if not SHORTEST <= length <= LONGEST:
            raise InvalidInputError(
                f"a password has {SHORTEST} to {LONGEST:,} characters", fix="choose another one, e.g. several words"
            )
        with self._turn():
            return self._hasher.hash(password.reveal())

    def verify(self, kept: str | None, password: Secret) -> bool:
        """Return whether `password` is the one that `kept` was made from.

        Without `kept` (an unknown user) it takes the same time. Errors: LeastwayError if too many wait.
        """
        from argon2.exceptions import InvalidHashError, VerificationError

        given = password.reveal()
        if len(given) > LONGEST:
            return False
        with self._turn():
            try:
                self._hasher.verify(kept or self._hash_of_nobody(), given)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Return whether `kept` has other parameters than today's: hash the password again at the next sign-in."""
        return self._hasher.check_needs_rehash(kept)

    def _hash_of_nobody(self) -> str:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody has this password")
        return self._nobodys

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._patience):
            raise LeastwayError("too many people sign in at the same time", fix="try again in a few seconds")
        try:
            yield
        finally:
            self._turns.release()
