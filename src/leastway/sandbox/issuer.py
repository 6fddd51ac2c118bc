"""An OpenID Connect issuer of the sandbox: it signs tokens as GitHub, GitLab or another platform would.

Its key is made for one sandbox. The embedded AWS gets the public half, and checks each token against it.
"""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from leastway.errors import LeastwayError
from leastway.primitives import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["Issuer"]

_BITS = 2048
_SECONDS = 600


class Issuer:
    """Signs tokens of the issuer `https://<host>`."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._key = _new_key()
        self._other = _new_key()

    @property
    def public_key(self) -> str:
        """The public key as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, subject: str, audience: str, *, forged: bool = False) -> Secret:
        """Return a token; a `forged` one is signed by a key that is not the issuer's."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        now = int(time.time())
        claims = {"iss": f"https://{self.host}", "sub": subject, "aud": audience, "iat": now, "exp": now + _SECONDS}
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT', 'kid': 'sandbox'})}.{_part(claims)}"
        key = self._other if forged else self._key
        return Secret(f"{signed}.{_encoded(key.sign(signed.encode(), PKCS1v15(), SHA256()))}")


def _new_key() -> RSAPrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    except ImportError as error:
        raise LeastwayError(
            "cryptography is not installed", fix="python3 -m pip install 'leastway[rehearse]'"
        ) from error
    return generate_private_key(65537, _BITS)


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
