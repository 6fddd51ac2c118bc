"""The first access key of a user, as an object of the estate. `user_keys` creates keys.

A key has no tags: its user's mark and owner count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.aws.errors import already_gone, made_moments_ago
from leastway.aws.iam.user_keys import create_key, key_ids
from leastway.estate import AccessKey, Mark, Observed, Owner
from leastway.ports import AlreadyThereError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.ports import KeyCustody

__all__ = ["AccessKeys"]


class AccessKeys:
    """The first keys of the users of one account."""

    def __init__(self, iam: IAMClient, account: str, custody: KeyCustody) -> None:
        self._iam = iam
        self._account = account
        self._custody = custody
        self._seen: dict[str, frozenset[str]] = {}

    def seen(self, user: str) -> frozenset[str]:
        """Return the ids of the user's keys from the last read."""
        return self._seen[user] if user in self._seen else self._ids(user)

    def observed(self, user: str, mark: Mark | None, owner: Owner | None, *, is_wanted: bool) -> Observed | None:
        """Read whether the user has a key. An orphan of an earlier run does not count."""
        if is_wanted and self._custody.intention(self._account, user) is not None:
            return None
        keys = self._ids(user)
        return Observed(AccessKey(self._account, user), mark, owner, min(keys)) if keys else None

    def create(self, wanted: AccessKey, mark: Mark) -> None:  # the mark is the user's
        """Create a key and hand it to custody."""
        user, where = wanted.user, str(wanted.address)
        known = self._custody.intention(self._account, user)
        if known is None:
            with made_moments_ago(f"the user {user}", where=where):
                known = self._ids(user)
            if known:
                raise AlreadyThereError(f"{user} already has an access key", where=where, fix="plan again")
            self._custody.intend(self._account, user, known)
        create_key(self._iam, self._account, user, self._custody, known, where=where)

    def update(self, live: AccessKey, wanted: AccessKey, old: Mark | None, mark: Mark) -> None:
        """Do nothing: a key has nothing to update, and adopting its user adopts it."""

    def delete(self, live: AccessKey, mark: Mark | None) -> None:  # the mark is the user's
        """Delete every key of the user, because the grant asks for none."""
        with already_gone():
            for key in sorted(self._ids(live.user)):
                with already_gone():
                    self._iam.delete_access_key(UserName=live.user, AccessKeyId=key)

    def _ids(self, user: str) -> frozenset[str]:
        self._seen[user] = key_ids(self._iam, user)
        return self._seen[user]
