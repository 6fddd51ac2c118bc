"""The first access key of each IAM user, stored for the person who will give it to the platform.

The file has exactly the two members of the platform's cluster credentials, `aws_access_key_id` and
`aws_secret_access_key`. It is written completely or not at all: to a temporary file of mode 0600 in the same folder,
synced, renamed. The intention to create a key is stored next to it until the key is kept.
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
    """Keeps first keys as files in `folder`, and the intentions to create them.

    With `show`, a key is passed to that function once instead of being written: it may print it to standard output.
    A `stage` has its own files next to the others.
    """

    def __init__(self, folder: Path, show: Callable[[str, str, str], None] | None = None, *, stage: str = "") -> None:
        self.folder = folder
        self._show = show
        self._stage = f".{stage}" if stage else ""

    def path(self, account: str, user: str) -> Path:
        """Return the path of the key of `user`, whether it exists or not."""
        return self.folder / f"{account}-{user}{self._stage}.json"

    def has(self, account: str, user: str) -> bool:
        """Say whether a key of `user` exists."""
        return os.path.exists(self.path(account, user))  # noqa: PTH110 - Path would raise for an unreadable folder

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None:
        """Record the key ids that exist before a key is created; see `leastway.ports.KeyCustody`."""
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
                "the record of a key that was being created cannot be read",
                where=str(path),
                fix="check the user's access keys, delete the one whose secret nobody has, then delete this file",
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
                    fix="run the same command again: it deletes that key, whose secret is lost, and creates another",
                ) from error
        self.end_intention(account, user)

    def end_intention(self, account: str, user: str) -> None:
        """Close the intention, if there is one."""
        self._intention(account, user).unlink(missing_ok=True)

    def _intention(self, account: str, user: str) -> Path:
        return self.folder / f".{account}-{user}{self._stage}.intention.json"


def _key_id(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("the id of a key is a string")
    return value


def _write(path: Path, text: str) -> None:
    try:
        write_private(path, text)
    except OSError as error:
        raise LeastwayError(
            f"cannot be written: {error.strerror}", where=str(path), fix="choose another folder with --keys-to"
        ) from error
