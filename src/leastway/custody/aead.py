"""AES-256-GCM with associated data in an unambiguous encoding.

Source: NIST SP 800-38D. A data key seals one message, or the pieces of one backup under nonces that count; a wrapping
key seals one message for each version of a credential, under random nonces, of which it may have 2^32 (section 8.3).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from leastway.ports import DamagedError

__all__ = ["KEY_SIZE", "NONCE_SIZE", "associated_data", "decrypt", "encrypt", "new_key", "new_nonce"]

KEY_SIZE = 32
NONCE_SIZE = 12
_TAG_SIZE = 16


def new_key() -> bytes:
    """Return a random key."""
    return secrets.token_bytes(KEY_SIZE)


def new_nonce() -> bytes:
    """Return a random nonce."""
    return secrets.token_bytes(NONCE_SIZE)


def associated_data(purpose: str, context: Mapping[str, str]) -> bytes:
    """Return the bytes that stand for a purpose and a context, and for no other.

    Each text is preceded by its length in four bytes, and the names of the context are sorted.
    """
    texts = [purpose]
    for name in sorted(context):
        texts += (name, context[name])
    return b"".join(len(each).to_bytes(4, "big") + each for each in (text.encode() for text in texts))


def encrypt(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Return the ciphertext with its tag."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).encrypt(nonce, plaintext, associated)


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    """Return the plaintext. Errors: DamagedError if a bit of any argument differs from what was encrypted."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(key) != KEY_SIZE or len(nonce) != NONCE_SIZE or len(ciphertext) < _TAG_SIZE:
        raise DamagedError("it has another length than what was sealed")
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, associated)
    except InvalidTag:
        raise DamagedError("it was changed, moved here from another place, or sealed by another key") from None
