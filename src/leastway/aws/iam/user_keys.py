"""The access keys of one IAM user: created, made active and inactive, deleted.

A key's secret is shown only once, so a crash between CreateAccessKey and `keep` leaves a key that nobody can use. The
procedure (`ports.keys`):
1. the existing keys are recorded as an intention, unless one is still open from an earlier run;
2. with an open intention, the one key that has appeared since is that run's orphan: delete it if it was never used;
3. create a key; if the call had to be retried, a response may have been lost, and a key with it: delete that key;
4. let custody keep the key, which closes the intention.
Sources: IAM API Reference, CreateAccessKey, UpdateAccessKey, GetAccessKeyLastUsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastway.aws.errors import already_gone, aws_errors, made_moments_ago
from leastway.aws.iam.paging import every
from leastway.errors import LeastwayError
from leastway.ports import UserKey
from leastway.primitives import Secret

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from leastway.ports import KeyCustody

__all__ = ["IamUserKeys", "create_key", "key_ids", "read_keys"]


class IamUserKeys:
    """The keys of `user`; `custody` keeps a new one. See `leastway.ports.UserKeys`."""

    def __init__(self, iam: IAMClient, account: str, user: str, custody: KeyCustody) -> None:
        self._iam = iam
        self._account = account
        self._user = user
        self._custody = custody
        self._where = f"{account}/access-key/{user}"

    def all(self) -> tuple[UserKey, ...]:
        """Read every key with its last use, the oldest first."""
        with aws_errors(self._where), made_moments_ago(f"the user {self._user}", where=self._where):
            return read_keys(self._iam, self._user)

    def create(self) -> str:
        """Create a key, and hand it to custody."""
        known = self._custody.intention(self._account, self._user)
        if known is None:
            raise AssertionError(f"no intention to create a key of {self._user} is recorded")
        with aws_errors(self._where):
            return create_key(self._iam, self._account, self._user, self._custody, known, where=self._where)

    def activate(self, key_id: str, *, active: bool) -> None:
        """Make a key active or inactive."""
        with aws_errors(self._where):
            self._iam.update_access_key(
                UserName=self._user, AccessKeyId=key_id, Status="Active" if active else "Inactive"
            )

    def delete(self, key_id: str) -> None:
        """Delete a key; one that does not exist is not an error."""
        with aws_errors(self._where), already_gone():
            self._iam.delete_access_key(UserName=self._user, AccessKeyId=key_id)


def key_ids(iam: IAMClient, user: str) -> frozenset[str]:
    """Return the ids of the user's keys."""
    return frozenset(key["AccessKeyId"] for key in every(iam, "list_access_keys", "AccessKeyMetadata", UserName=user))


def read_keys(iam: IAMClient, user: str) -> tuple[UserKey, ...]:
    """Return the user's keys with their last use, the oldest first."""
    listed = every(iam, "list_access_keys", "AccessKeyMetadata", UserName=user)
    found = (_read(key, iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])) for key in listed)
    return tuple(sorted(found, key=lambda key: (key.created, key.id)))


def create_key(
    iam: IAMClient, account: str, user: str, custody: KeyCustody, known: frozenset[str], *, where: str
) -> str:
    """Create a key, hand it to custody, and return its id; `known` are the keys of the open intention."""
    with made_moments_ago(f"the user {user}", where=where):
        existing = key_ids(iam, user)
        _remove_orphan(iam, user, existing - known, where)
        answer = iam.create_access_key(UserName=user)
    made = answer["AccessKey"]
    try:
        if answer["ResponseMetadata"]["RetryAttempts"]:
            _remove_orphan(iam, user, key_ids(iam, user) - existing - {made["AccessKeyId"]}, where)
    finally:
        custody.keep(account, user, made["AccessKeyId"], Secret(made["SecretAccessKey"]))
    return made["AccessKeyId"]


def _remove_orphan(iam: IAMClient, user: str, unknown: frozenset[str], where: str) -> None:
    if len(unknown) > 1:
        raise LeastwayError(
            f"{user} has the keys {' and '.join(sorted(unknown))}, and one of them is left from a run "
            "that was interrupted",
            where=where,
            fix="delete the unused one (aws iam get-access-key-last-used), then run the same command again",
        )
    for key in unknown:
        if "LastUsedDate" in iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]:
            raise LeastwayError(
                f"{user} has the key {key}, which leastway did not keep and which is in use",
                where=where,
                fix="delete that key, or remove the key from the grant, then run the same command again",
            )
        with already_gone():
            iam.delete_access_key(UserName=user, AccessKeyId=key)


def _read(key: Any, answer: Any) -> UserKey:
    use = answer["AccessKeyLastUsed"]
    when = use.get("LastUsedDate")
    return UserKey(
        key["AccessKeyId"],
        key["Status"] == "Active",
        key["CreateDate"],
        when,
        use.get("ServiceName", "") if when else "",
        use.get("Region", "") if when else "",
    )
