"""The certificates of authorities, as PEM: text that Python's ssl takes, from bytes of others."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from leastway.errors import InvalidInputError
from leastway.primitives.file import read_file

__all__ = ["pem_text", "read_authorities"]

_LARGEST: Final = 1 << 20


def pem_text(content: bytes) -> str:
    """Return a PEM as the ASCII that ssl demands. Only its comments may have other letters, which are left out."""
    return content.decode("ascii", "ignore")


def read_authorities(path: Path, *, fix: str = "name a file with certificates in PEM") -> str:
    """Return the PEM in a file of at most 1 MiB. Errors: InvalidInputError, also if it has no certificates."""
    import ssl  # most commands do without it

    pem = pem_text(read_file(path, limit=_LARGEST))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError) as error:  # ValueError: it is empty
        raise InvalidInputError("has no certificates in PEM", where=str(path), fix=fix) from error
    return pem
