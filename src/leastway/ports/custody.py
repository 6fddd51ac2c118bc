"""Sealed secrets, and the keys that wrap their data keys.

Each version of a secret has a data key of its own. The data key is wrapped by a wrapping key, which is in a file or in
AWS KMS. Both the secret and the wrapped data key are bound to their place, so neither opens anywhere else.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from leastway.errors import LeastwayError

__all__ = ["DamagedError", "Holder", "HolderKind", "SealedSecret", "SecretPlace", "StoredSecret", "WrappingKey"]


class HolderKind(enum.Enum):
    """What a secret belongs to."""

    ACCOUNT = "account"
    DEFINITION = "definition"
    SERVER = "server"
    RUN = "run"
    RESOURCE = "resource"
    COOKIE = "cookie"
    """What a driver remembers about a resource from one deployment to the next."""
    STATE = "state"
    """The Terraform state of a resource: each version of the state is sealed like a version of a credential."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What a secret belongs to: an account, a definition, a run (its inputs), a resource (its outputs), a state."""

    organization: str
    kind: HolderKind
    id: str


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """The one place where a sealed secret opens; versions count from 1."""

    holder: Holder
    version: int

    def __str__(self) -> str:
        holder = self.holder
        what = "version" if holder.kind is HolderKind.STATE else "credential version"
        return f"{holder.kind.value} {holder.organization}/{holder.id}, {what} {self.version}"

    def context(self) -> Mapping[str, str]:
        """Return the context to which a secret and its data key are bound."""
        return {
            "organization": self.holder.organization,
            "holder": self.holder.kind.value,
            "id": self.holder.id,
            "version": str(self.version),
        }


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret that only the wrapping key with the id `wrapping_key` opens, and only at its place."""

    place: SecretPlace
    wrapping_key: str
    wrapped_key: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """What the store knows about one version, without the secret."""

    place: SecretPlace
    wrapping_key: str
    created_at: datetime
    created_by: str
    retired_at: datetime | None


class DamagedError(LeastwayError):
    """Sealed data does not open: it was changed, moved to another place, or sealed by another key."""


class WrappingKey(Protocol):
    """A key that wraps data keys. Implementations are thread-safe."""

    @property
    def id(self) -> str:
        """The id that is stored next to everything that this key wrapped: at most 128 characters."""
        ...

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap a data key of 32 bytes for `context`. Errors: OutOfReachError if the key cannot be used."""
        ...

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the data key.

        Errors: DamagedError if it was changed, was wrapped by another key or for another context; OutOfReachError if
        the key cannot be used.
        """
        ...
