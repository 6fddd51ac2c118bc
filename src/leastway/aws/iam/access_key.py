"""The first access key of a user.

A key's secret is shown only once, so a crash between CreateAccessKey and `keep` leaves a key that nobody can use. The
procedure (`ports.keys`):
1. record the existing keys, unless an intention is still open from an earlier run;
2. with an open intention, the one key that has appeared since is that run's orphan: delete it if it was never used;
3. create a key; if the call had to be retried, a response may have been lost, and a key with it: delete that key;
4. let custody keep the key, which closes the intention.
A key has no tags: its user's mark and owner count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.aws.errors import already_gone, made_moments_ago
from leastway.aws.iam.paging import every
from leastway.errors import LeastwayError
from leastway.estate import AccessKey, Mark, Observed, Owner
from leastway.ports import AlreadyThereError
from leastway.primitives import Secret

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
        user = wanted.user
        with made_moments_ago(f"the user {user}", where=str(wanted.address)):
            existing = self._ids(user)
            intention = self._custody.intention(self._account, user)
            if intention is not None:
                self._remove_orphan(wanted, existing - intention)
            elif existing:
                raise AlreadyThereError(
                    f"{user} already has an access key", where=str(wanted.address), fix="plan again"
                )
            else:
                self._custody.intend(self._account, user, existing)
            answer = self._iam.create_access_key(UserName=user)
        made = answer["AccessKey"]
        try:
            if answer["ResponseMetadata"]["RetryAttempts"]:
                self._remove_orphan(wanted, self._ids(user) - existing - {made["AccessKeyId"]})
        finally:
            self._custody.keep(self._account, user, made["AccessKeyId"], Secret(made["SecretAccessKey"]))

    def update(self, live: AccessKey, wanted: AccessKey, old: Mark | None, mark: Mark) -> None:
        """Do nothing: a key has nothing to update, and adopting its user adopts it."""

    def delete(self, live: AccessKey, mark: Mark | None) -> None:  # the mark is the user's
        """Delete every key of the user, because the grant asks for none."""
        with already_gone():
            for key in sorted(self._ids(live.user)):
                with already_gone():
                    self._iam.delete_access_key(UserName=live.user, AccessKeyId=key)

    def _remove_orphan(self, wanted: AccessKey, unknown: frozenset[str]) -> None:
        if len(unknown) > 1:
            raise LeastwayError(
                f"{wanted.user} has the keys {' and '.join(sorted(unknown))}, and one of them is left from a run "
                "that was interrupted",
                where=str(wanted.address),
                fix="delete the unused one (aws iam get-access-key-last-used), then run the same command again",
            )
        for key in unknown:
            if "LastUsedDate" in self._iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]:
                raise LeastwayError(
                    f"{wanted.user} has the key {key}, which leastway did not keep and which is in use",
                    where=str(wanted.address),
                    fix="delete that key, or remove the key from the grant, then run the same command again",
                )
            with already_gone():
                self._iam.delete_access_key(UserName=wanted.user, AccessKeyId=key)

    def _ids(self, user: str) -> frozenset[str]:
        found = every(self._iam, "list_access_keys", "AccessKeyMetadata", UserName=user)
        self._seen[user] = frozenset(key["AccessKeyId"] for key in found)
        return self._seen[user]
