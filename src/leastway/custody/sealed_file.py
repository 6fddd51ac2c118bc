"""A sealed file: a header in the clear, then pieces that are each encrypted, in an order that cannot be changed.

Format: one line of JSON, the header; then for each piece its length in four bytes, and its ciphertext. The file has a
data key of its own, which the wrapping key wraps. Nonces count the pieces and mark the last one, so a file that is cut,
extended, reordered or mixed with another does not open. The header is authenticated with every piece.
Source: the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", 2015).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from leastway.custody.aead import NONCE_SIZE, associated_data, decrypt, encrypt, new_key
from leastway.custody.sealing import Custody
from leastway.errors import InvalidInputError
from leastway.ports import DamagedError

__all__ = ["open_sealed", "read_header", "seal_to"]

_PURPOSE = "leastway sealed file 1"
_LONGEST_HEADER = 16_384
_PIECE = 64 * 1024
_LARGEST_PIECE = _PIECE + 16
_FIX = "use another copy of the file"


def seal_to(file: BinaryIO, custody: Custody, header: Mapping[str, str], content: Iterable[bytes]) -> None:
    """Write a sealed file: the header in the clear, the content not."""
    data_key = new_key()
    wrapped = custody.wrap(data_key, header)
    more = {"wrapping_key": custody.wrapping_key, "wrapped_key": base64.b64encode(wrapped).decode()}
    line = json.dumps({**header, **more}, sort_keys=True).encode() + b"\n"
    file.write(line)
    associated = associated_data(_PURPOSE, {"header": line.decode("latin-1")})
    number, piece = 0, bytearray()
    for part in content:
        piece += part
        while len(piece) > _PIECE:  # one that is full stays until it is known not to be the last
            _write(file, encrypt(data_key, _nonce(number, last=False), bytes(piece[:_PIECE]), associated))
            del piece[:_PIECE]
            number += 1
    _write(file, encrypt(data_key, _nonce(number, last=True), bytes(piece), associated))


def read_header(file: BinaryIO, *, where: str) -> dict[str, str]:
    """Return the header of a sealed file, which nothing has authenticated yet. Errors: InvalidInputError."""
    line = file.readline(_LONGEST_HEADER)
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        read = None
    if not line.endswith(b"\n") or not isinstance(read, dict) or not all(isinstance(one, str) for one in read.values()):
        raise InvalidInputError("it is not a sealed file of leastway", where=where, fix="give another file")
    return read


def open_sealed(file: BinaryIO, custody: Custody, *, where: str) -> Iterator[bytes]:
    """Yield the content of a sealed file, from its beginning.

    What is yielded before an error is authentic, but not complete: use it only when the end was reached.
    Errors: InvalidInputError if it is not a sealed file; DamagedError if a byte was changed, or something is missing.
    """
    file.seek(0)
    header = read_header(file, where=where)
    size = file.tell()
    file.seek(0)
    associated = associated_data(_PURPOSE, {"header": file.read(size).decode("latin-1")})
    try:
        wrapping_key, wrapped = header.pop("wrapping_key"), base64.b64decode(header.pop("wrapped_key"), validate=True)
    except (KeyError, ValueError):
        raise InvalidInputError("its header names no wrapping key", where=where, fix=_FIX) from None
    try:
        data_key = custody.unwrap(wrapping_key, wrapped, header, where=where)
    except DamagedError as error:
        raise DamagedError(f"its header does not open: {error.what}", where=where, fix=_FIX) from error
    number, is_last = 0, False
    piece = _read(file, where)
    while piece is not None:
        following = _read(file, where)
        is_last = following is None
        try:
            yield decrypt(data_key, _nonce(number, last=is_last), piece, associated)
        except DamagedError as error:
            what = f"piece {number + 1} does not open, or the file was cut: {error.what}"
            raise DamagedError(what, where=where, fix=_FIX) from error
        piece, number = following, number + 1
    if not is_last:
        raise DamagedError("it ends after its header", where=where, fix=_FIX)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE_SIZE - 1, "big") + bytes([last])


def _write(file: BinaryIO, piece: bytes) -> None:
    file.write(len(piece).to_bytes(4, "big") + piece)


def _read(file: BinaryIO, where: str) -> bytes | None:
    length = file.read(4)
    if not length:
        return None
    size = int.from_bytes(length, "big")
    piece = file.read(size) if len(length) == 4 and size <= _LARGEST_PIECE else b""
    if not piece or len(piece) != size:
        raise DamagedError("a piece is not complete: the file was cut or changed", where=where, fix=_FIX)
    return piece
