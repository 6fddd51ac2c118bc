"""Envelope encryption: a fresh data key for each version of a secret, wrapped by the wrapping key.

The secret and its wrapped data key are bound to organization, holder and version: a row that is copied to another
organization, account or version does not open, and the error says which row it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leastway.custody.aead import associated_data, decrypt, encrypt, new_key, new_nonce
from leastway.errors import LeastwayError
from leastway.ports import DamagedError, SealedSecret, SecretPlace, WrappingKey
from leastway.primitives import Secret

__all__ = ["Custody"]

_PURPOSE = "leastway credential 1"


class Custody:
    """Seals with one wrapping key, and opens what it or one of the `others` sealed. Thread-safe if the keys are."""

    def __init__(self, wrapping_key: WrappingKey, others: Iterable[WrappingKey] = ()) -> None:
        self._current = wrapping_key
        self._keys = {key.id: key for key in (*others, wrapping_key)}

    @property
    def wrapping_key(self) -> str:
        """The id of the key that seals."""
        return self._current.id

    @property
    def opens(self) -> frozenset[str]:
        """The ids of all keys that open."""
        return frozenset(self._keys)

    def seal(self, place: SecretPlace, secret: Secret) -> SealedSecret:
        """Seal a secret for its place."""
        data_key, nonce = new_key(), new_nonce()
        context = place.context()
        ciphertext = encrypt(data_key, nonce, secret.reveal().encode(), associated_data(_PURPOSE, context))
        wrapped = self._current.wrap(data_key, context)
        return SealedSecret(place, self._current.id, wrapped, nonce, ciphertext)

    def open(self, sealed: SealedSecret) -> Secret:
        """Return the secret. Errors: DamagedError at its place; LeastwayError if the key is missing or out of reach."""
        context = sealed.place.context()
        data_key = self._data_key(sealed, context)
        try:
            opened = decrypt(data_key, sealed.nonce, sealed.ciphertext, associated_data(_PURPOSE, context))
        except DamagedError as error:
            raise _damaged("the sealed credential does not open", sealed, error) from error
        return Secret(opened.decode())

    def rewrap(self, sealed: SealedSecret) -> SealedSecret:
        """Return the same secret with its data key wrapped by today's key; the secret itself is opened as a check."""
        self.open(sealed)
        context = sealed.place.context()
        wrapped = self._current.wrap(self._data_key(sealed, context), context)
        return replace(sealed, wrapping_key=self._current.id, wrapped_key=wrapped)

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap the data key of something else than a credential, with today's key."""
        return self._current.wrap(data_key, context)

    def unwrap(self, wrapping_key: str, wrapped: bytes, context: Mapping[str, str], *, where: str) -> bytes:
        """Return a data key. Errors as those of `open`."""
        key = self._keys.get(wrapping_key)
        if key is None:
            raise LeastwayError(
                f"it was sealed by the wrapping key {wrapping_key}, which this server does not have",
                where=where,
                fix="give that key with --other-wrapping-key",
            )
        return key.unwrap(wrapped, context)

    def _data_key(self, sealed: SealedSecret, context: Mapping[str, str]) -> bytes:
        try:
            return self.unwrap(sealed.wrapping_key, sealed.wrapped_key, context, where=str(sealed.place))
        except DamagedError as error:
            raise _damaged("the wrapped data key does not open", sealed, error) from error


def _damaged(what: str, sealed: SealedSecret, error: DamagedError) -> DamagedError:
    fix = "restore this row from a backup, or store the credential again; find out who can write to the database"
    return DamagedError(f"{what}: {error.what}", where=str(sealed.place), fix=fix)
