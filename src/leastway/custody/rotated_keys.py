"""The stored keys of one user during a rotation, as files next to its first key.

| file | key |
|---|---|
| `ACCOUNT-USER.json` | the one in use, if a person did not delete the file after handing it over |
| `ACCOUNT-USER.new.json` | the new one, until the switch |
| `ACCOUNT-USER.old.json` | the previous one, after the switch, until it is deleted in AWS |

Each change is a rename within the folder, so a switch that was interrupted can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from leastway.custody.cluster_credentials import read_cluster_credentials
from leastway.custody.first_keys import FirstKeys
from leastway.errors import LeastwayError
from leastway.ports import SessionKeys
from leastway.primitives import Secret, rename_private

__all__ = ["RotatedKeys"]


class RotatedKeys:
    """The keys of `user` in the folder of `first_keys`. See `leastway.ports.StagedKeys`."""

    def __init__(self, first_keys: FirstKeys, account: str, user: str) -> None:
        self._account = account
        self._user = user
        self._new = FirstKeys(first_keys.folder, stage="new")
        self.current_path = FirstKeys(first_keys.folder).path(account, user)
        self.new_path = self._new.path(account, user)
        self.old_path = FirstKeys(first_keys.folder, stage="old").path(account, user)

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None:
        """Record the keys that exist before the new one is created."""
        self._new.intend(account, user, existing)

    def intention(self, account: str, user: str) -> frozenset[str] | None:
        """Return the keys of an open intention, or None."""
        return self._new.intention(account, user)

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None:
        """Store the new key, and close the intention."""
        self._new.keep(account, user, key_id, secret)

    def new(self) -> SessionKeys | None:
        """Return the new key, or None."""
        return _read(self.new_path)

    def current(self) -> SessionKeys | None:
        """Return the key in use, or None."""
        return _read(self.current_path)

    def old(self) -> SessionKeys | None:
        """Return the previous key, or None."""
        return _read(self.old_path)

    def all(self) -> tuple[SessionKeys, ...]:
        """Return every stored key."""
        return tuple(key for key in (self.new(), self.current(), self.old()) if key is not None)

    def files(self) -> dict[Path, str]:
        """Return the files that exist, with the id of the key in each."""
        paths = (self.new_path, self.current_path, self.old_path)
        return {path: key.key_id for path in paths if (key := _read(path)) is not None}

    def ids(self) -> set[str]:
        """Return the ids of the stored keys, without those of files that cannot be read: a person may edit them."""
        found: set[str] = set()
        for path in (self.new_path, self.current_path, self.old_path):
            with suppress(LeastwayError):
                found |= {key.key_id for key in [_read(path)] if key is not None}
        return found

    def switch(self, new_id: str) -> None:
        """Make the new key the current one, and the current one the old one."""
        if not _has(self.new_path, new_id):
            return  # it was switched, or the file was handed over and deleted
        if self.current_path.exists():
            _change(lambda: rename_private(self.current_path, self.old_path), self.current_path)
        _change(lambda: rename_private(self.new_path, self.current_path), self.new_path)

    def switch_back(self, new_id: str) -> None:
        """Undo `switch`, if it was done."""
        if _has(self.current_path, new_id):
            _change(lambda: rename_private(self.current_path, self.new_path), self.current_path)
        if self.old_path.exists() and not self.current_path.exists():
            _change(lambda: rename_private(self.old_path, self.current_path), self.old_path)

    def forget_old(self) -> None:
        """Delete the file of the previous key."""
        _change(lambda: self.old_path.unlink(missing_ok=True), self.old_path)

    def forget_new(self) -> None:
        """Delete the file of the new key, and close the intention."""
        _change(lambda: self.new_path.unlink(missing_ok=True), self.new_path)
        _change(lambda: self._new.end_intention(self._account, self._user), self.new_path)


def _has(path: Path, key_id: str) -> bool:
    key = _read(path)
    return key is not None and key.key_id == key_id


def _read(path: Path) -> SessionKeys | None:
    if not path.exists():
        return None
    return SessionKeys(*read_cluster_credentials(path))


def _change(act: Callable[[], None], path: Path) -> None:
    try:
        act()
    except OSError as error:
        raise LeastwayError(
            f"the file cannot be renamed or deleted: {error.strerror}",
            where=str(path),
            fix="check that its folder is writable, then run the same command again",
        ) from error
