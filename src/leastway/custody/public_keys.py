"""Public keys that are given to the server, such as those of agents: RSA of at least 4096 bits, in PEM.

The text is stored as it came; the fingerprint is the SHA-256 of the key's DER, in lower-case hexadecimal, as clients
compute it too. Sources: Humanitec's API, `KeyCreateBody`; RFC 7468, section 13; RFC 5280, section 4.1.2.7.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from leastway.errors import InvalidInputError

__all__ = ["fingerprint_of_public_key"]

_SMALLEST = 4096
_LONGEST_TEXT = 8192
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


def fingerprint_of_public_key(pem: str, where: str) -> str:
    """Return the fingerprint of a public key in PEM; `where` is the field that has it.

    Errors: InvalidInputError, which never has the text, for anything but one RSA key of at least 4096 bits.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

    der = _der(pem, where)
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise _refused("it is not a valid public key", where) from None
    if not isinstance(key, RSAPublicKey):
        raise _refused("it is not an RSA key", where)
    if key.key_size < _SMALLEST:
        raise _refused(f"it is an RSA key of {key.key_size} bits, and {_SMALLEST} are the minimum", where)
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != der:
        raise _refused("its DER is not canonical, so that clients would compute another fingerprint", where)
    return hashlib.sha256(der).hexdigest()


def _der(pem: str, where: str) -> bytes:
    if len(pem) > _LONGEST_TEXT or not pem.isascii():
        raise _refused("it is not a public key in PEM", where)
    text = pem.strip()
    if "PRIVATE KEY-----" in text:
        raise InvalidInputError(
            "it is a private key, which must not leave its owner", where=where, fix="replace that key pair by a new one"
        )
    if text.startswith("-----BEGIN RSA PUBLIC KEY-----"):
        raise _refused("it is in the format of PKCS #1", where)
    if not text.startswith(_BEGIN) or not text.endswith(_END) or text.count("-----BEGIN") != 1:
        raise _refused("it is not one public key in PEM", where)
    try:
        return base64.b64decode("".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
    except binascii.Error:
        raise _refused("it is not a public key in PEM", where) from None


def _refused(what: str, where: str) -> InvalidInputError:
    fix = "create one with: openssl genrsa -out key.pem 4096, and send the output of: openssl rsa -in key.pem -pubout"
    return InvalidInputError(what, where=where, fix=fix)
