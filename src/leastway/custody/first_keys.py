"""The first access key of each IAM user, handed to the person who will give it to the platform.

The file holds exactly the two members that the platform's cluster credentials take, `aws_access_key_id` and
`aws_secret_access_key`. It is written whole or not at all: to a temporary file of mode 0600 beside it, synced, renamed.
The intention of making a key lies beside it as long as the key is not kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.primitives import Secret, read_file, write_private

__all__ = ["FirstKeys"]

_LARGEST = 1 << 20


class FirstKeys:
    """Keeps first keys as files in `folder`, and the intentions of making them.

    With `show`, a key is handed to that function once instead of being written: it may print it to standard output.
    """

    def __init__(self, folder: Path, show: Callable[[str, str, str], None] | None = None) -> None:
        self._folder = folder
        self._show = show

    def path(self, account: str, user: str) -> Path:
        """Return where the key of `user` is, or would be."""
        return self._folder / f"{account}-{user}.json"

    def has(self, account: str, user: str) -> bool:
        """Whether a key of `user` is there."""
        return os.path.exists(self.path(account, user))  # noqa: PTH110 - of a closed folder Path would raise

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None:
        """Write down the key ids that exist before a key is made; see `leastway.ports.KeyCustody`."""
        _write(self._intention(account, user), json.dumps({"existing": sorted(existing)}))

    def intention(self, account: str, user: str) -> frozenset[str] | None:
        """Return the key ids of an open intention, or None."""
        path = self._intention(account, user)
        try:
            if not os.path.lexists(path):
                return None
            return frozenset(map(_key_id, json.loads(read_file(path, limit=_LARGEST))["existing"]))
        except (ValueError, KeyError, TypeError, RecursionError, LeastwayError) as error:
            raise LeastwayError(
                "the note about a key that was being made cannot be read",
                where=str(path),
                fix="look at the user's keys yourself, delete the one that nobody has, then delete this file",
            ) from error

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None:
        """Write the key, or show it, and close the intention."""
        text = json.dumps({"aws_access_key_id": key_id, "aws_secret_access_key": secret.reveal()}, indent=2) + "\n"
        if self._show is None:
            _write(self.path(account, user), text)
        else:
            try:
                self._show(account, user, text)
            except OSError as error:
                raise LeastwayError(
                    f"the key of {user} in {account} could not be shown: {error.strerror}",
                    fix="run the same command again: it deletes that key, which nobody has, and makes another",
                ) from error
        self._intention(account, user).unlink(missing_ok=True)

    def _intention(self, account: str, user: str) -> Path:
        return self._folder / f".{account}-{user}.intention.json"


def _key_id(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a key's id is text")
    return value


def _write(path: Path, text: str) -> None:
    try:
        write_private(path, text)
    except OSError as error:
        raise LeastwayError(
            f"cannot be written: {error.strerror}", where=str(path), fix="name another folder with --keys-to"
        ) from error
