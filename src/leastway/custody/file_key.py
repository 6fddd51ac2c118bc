"""A wrapping key in a file that only its owner can read.

The file is a JSON object: `leastway` says what it is, `id` names the key, `key` is its 32 bytes in base64. The id is
computed from the key, so a damaged key does not pass for another one. A file is created completely or not at all, and
an existing one is never replaced: everything that it wrapped would be lost.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from leastway.custody.aead import KEY_SIZE, NONCE_SIZE, associated_data, decrypt, encrypt, new_key, new_nonce
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import DamagedError
from leastway.primitives import new_private_file, read_file

__all__ = ["FileWrappingKey", "create_key_file", "open_key_file"]

_KIND = "wrapping key"
_MEMBERS = frozenset({"leastway", "id", "key"})
_LARGEST = 4096
_PURPOSE = "leastway data key 1"
_ID_PURPOSE = b"leastway wrapping key id"
_RESTORE = "restore the file from its copy: without the key, nothing that it sealed can be opened"


class FileWrappingKey:
    """A wrapping key in this process's memory."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._id = _id_of(key)

    @property
    def id(self) -> str:
        """The id of the key: `file:` and 16 hexadecimal digits."""
        return self._id

    def __repr__(self) -> str:
        return f"FileWrappingKey({self._id})"

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap a data key; see `leastway.ports.WrappingKey`."""
        nonce = new_nonce()
        return nonce + encrypt(self._key, nonce, data_key, associated_data(_PURPOSE, context))

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the data key; see `leastway.ports.WrappingKey`."""
        nonce, sealed = wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:]
        data_key = decrypt(self._key, nonce, sealed, associated_data(_PURPOSE, context))
        if len(data_key) != KEY_SIZE:
            raise DamagedError("the data key has another length than 32 bytes")
        return data_key


def create_key_file(path: Path) -> FileWrappingKey:
    """Create a random key in a new file of mode 0600; missing folders are created (0700).

    Errors: InvalidInputError if the file exists; LeastwayError if it cannot be written.
    """
    key = new_key()
    content = {"leastway": _KIND, "id": _id_of(key), "key": base64.b64encode(key).decode()}
    try:
        with new_private_file(path) as file:
            file.write((json.dumps(content, indent=2) + "\n").encode())
    except FileExistsError as error:
        raise InvalidInputError(
            "the wrapping key exists, and is not replaced", where=str(path), fix="give another file for the new key"
        ) from error
    except OSError as error:
        what = f"the wrapping key cannot be written: {error.strerror}"
        raise LeastwayError(what, where=str(path), fix="check the path and its permissions") from error
    return FileWrappingKey(key)


def open_key_file(path: Path) -> FileWrappingKey:
    """Read a key. Errors: InvalidInputError if others can read the file, or if it is not a wrapping key."""
    _check_private(path)
    try:
        read = json.loads(read_file(path, limit=_LARGEST))
    except (ValueError, RecursionError):
        raise InvalidInputError("it is not a wrapping key: not valid JSON", where=str(path), fix=_RESTORE) from None
    if not isinstance(read, dict) or read.get("leastway") != _KIND or read.keys() != _MEMBERS:
        raise InvalidInputError("it is not a wrapping key of leastway", where=str(path), fix=_RESTORE)
    try:
        key = base64.b64decode(read["key"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise InvalidInputError("the key is not valid base64", where=str(path), fix=_RESTORE) from None
    if len(key) != KEY_SIZE:
        what = f"the key has {len(key)} bytes instead of {KEY_SIZE}"
        raise InvalidInputError(what, where=str(path), fix=_RESTORE)
    if read["id"] != _id_of(key):
        raise InvalidInputError("the key does not match its id: one of them was changed", where=str(path), fix=_RESTORE)
    return FileWrappingKey(key)


def _check_private(path: Path) -> None:
    try:
        found = path.stat()
    except OSError as error:
        what = f"the wrapping key cannot be read: {(error.strerror or 'unknown error').lower()}"
        raise InvalidInputError(what, where=str(path), fix="check the path and its permissions") from error
    if stat.S_IMODE(found.st_mode) & 0o077:
        what = f"others than its owner can use the wrapping key (mode {stat.S_IMODE(found.st_mode):04o})"
        raise InvalidInputError(what, where=str(path), fix=f"run chmod 600 {path}, and replace the key if it was read")
    if found.st_uid not in (os.geteuid(), 0):
        what = f"the wrapping key belongs to another user (id {found.st_uid})"
        raise InvalidInputError(what, where=str(path), fix="make it belong to the user that runs the server")


def _id_of(key: bytes) -> str:
    return f"file:{hmac.new(key, _ID_PURPOSE, hashlib.sha256).hexdigest()[:16]}"
