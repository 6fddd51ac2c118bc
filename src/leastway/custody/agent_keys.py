"""The key of an agent: what signs with its private key, and what checks that with the registered public key.

RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017, section 8.1). The private key is a PEM file
without a passphrase that only its user and group can read, as Kubernetes mounts a secret with `defaultMode: 0440`.
"""

from __future__ import annotations

import functools
import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from leastway.errors import InvalidInputError
from leastway.primitives import Secret, read_file

__all__ = ["AgentKeyPair", "is_signed_by", "new_agent_key", "open_agent_key"]

_SMALLEST: Final = 4096
_LARGEST_FILE: Final = 32 * 1024
_SALT: Final = 32
_NEW = "create one with: openssl genrsa -out key.pem 4096"


@dataclass(frozen=True, slots=True)
class AgentKeyPair:
    """A private key in memory. `fingerprint` is that of the public key, as the API shows it."""

    fingerprint: str
    sign: Callable[[bytes], bytes] = field(repr=False)


def open_agent_key(path: Path) -> AgentKeyPair:
    """Read a private key. Errors: InvalidInputError if others can read it, or it is not an RSA key of 4096 bits."""
    where = str(path)
    text = read_file(path, limit=_LARGEST_FILE)
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        raise InvalidInputError(
            "every user of this machine can use the agent's key",
            where=where,
            fix="run chmod 600 on it (defaultMode: 0440 for a secret of Kubernetes); replace it if it was read",
        )
    return _checked(text, where)


@functools.lru_cache(maxsize=1)
def _checked(text: bytes, where: str) -> AgentKeyPair:
    """Return the key in a PEM file. An agent reads its file for each connection, and checking a key takes 0.2 s."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        key = load_pem_private_key(text, None)
    except TypeError:
        raise InvalidInputError("the key has a passphrase", where=where, fix="give a key without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidInputError("it is not a private key in PEM", where=where, fix=_NEW) from None
    if not isinstance(key, RSAPrivateKey):
        raise InvalidInputError("it is not an RSA key", where=where, fix=_NEW)
    if key.key_size < _SMALLEST:
        what = f"it is an RSA key of {key.key_size} bits, and {_SMALLEST} are the minimum"
        raise InvalidInputError(what, where=where, fix=_NEW)
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(message: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
        from cryptography.hazmat.primitives.hashes import SHA256

        return key.sign(message, PSS(MGF1(SHA256()), _SALT), SHA256())

    return AgentKeyPair(hashlib.sha256(der).hexdigest(), sign)


def new_agent_key() -> tuple[Secret, str]:
    """Make a key of the smallest size that is accepted, which takes 0.3 s: the private and the public PEM."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = generate_private_key(65537, _SMALLEST)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Secret(private), public


def is_signed_by(pem: str, message: bytes, signature: bytes) -> bool:
    """Return whether the signature is one of the private key whose public key is in `pem`, a registered one."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.strip().encode())
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST:
        return False
    try:
        key.verify(signature, message, PSS(MGF1(SHA256()), _SALT), SHA256())
    except InvalidSignature:
        return False
    return True
