"""The server's wrapping keys: a file of mode 0600 by default, or a key in AWS KMS.

A canary, sealed at the first start, is opened at each start: a wrong key, or a key that may not be used, is found
before the server accepts a request, and two servers that share a database cannot seal with different keys by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from leastway.audit import SERVER
from leastway.custody import Custody, create_key_file, open_key_file
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import Holder, HolderKind, SecretPlace, WrappingKey
from leastway.primitives import Secret
from leastway.store import ConflictError, PlatformStore

__all__ = ["DEFAULT_KEY_FILE", "check_canary", "has_canary", "open_custody", "open_wrapping_key"]

DEFAULT_KEY_FILE = "wrapping-key"
_KMS = "kms:"
_CANARY = SecretPlace(Holder(SERVER, HolderKind.SERVER, "canary"), 1)
_CANARY_TEXT = "leastway"
_NOBODY = ""


def open_wrapping_key(name: str) -> WrappingKey:
    """Open the wrapping key that `name` stands for: `kms:ARN`, or the path of a file.

    Errors: InvalidInputError if it is not a wrapping key, or if others can read the file.
    """
    if name.startswith(_KMS):
        from leastway.aws import KmsWrappingKey

        return KmsWrappingKey(name.removeprefix(_KMS))
    return open_key_file(Path(name))


def open_custody(data: Path, name: str | None, others: Iterable[str], *, may_create: bool) -> Custody:
    """Open the custody of a server whose data folder is `data`; with `may_create`, a missing key file is created.

    Errors: InvalidInputError for a key that cannot be used; LeastwayError if the file cannot be written.
    """
    more = [open_wrapping_key(other) for other in others]
    path = data / DEFAULT_KEY_FILE if name is None else Path(name)
    if name is not None and name.startswith(_KMS):
        return Custody(open_wrapping_key(name), more)
    if path.exists():
        return Custody(open_key_file(path), more)
    if may_create:
        try:
            return Custody(create_key_file(path), more)
        except InvalidInputError:  # another process created it at the same moment
            return Custody(open_key_file(path), more)
    raise InvalidInputError(
        "the wrapping key does not exist",
        where=str(path),
        fix="put it back, or name it with --wrapping-key; without it, what it sealed is lost",
    )


def has_canary(store: PlatformStore) -> bool:
    """Return whether the store has been used with a wrapping key."""
    with store.reading() as transaction:
        return transaction.secrets.sealed(_CANARY) is not None


def check_canary(store: PlatformStore, custody: Custody) -> None:
    """Seal the canary at the first start, and open it at every other one.

    Errors: LeastwayError if the wrapping keys are not those of this store.
    """
    with store.reading() as transaction:
        sealed, needed = transaction.secrets.sealed(_CANARY), transaction.secrets.wrapping_keys()
    if missing := sorted(needed.keys() - custody.opens):
        raise LeastwayError(
            f"the store has {sum(needed[key] for key in missing)} credentials sealed by {', '.join(missing)}, and the "
            f"given keys are {', '.join(sorted(custody.opens))}",
            fix="give that key too, with --wrapping-key or --other-wrapping-key",
        )
    if sealed is not None:
        custody.open(sealed)
        return
    made = custody.seal(_CANARY, Secret(_CANARY_TEXT))
    try:
        with store.writing() as transaction:
            transaction.secrets.add(made, _NOBODY)
    except ConflictError:  # another process sealed one at the same moment: it must be with the same key
        check_canary(store, custody)
