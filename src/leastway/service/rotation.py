"""The platform's part in the rotation of a customer's credential: how far it got, and the way back.

A new key is accepted by `update_account`, in this order:
1. It is proved before anything is stored (`key_proof`).
2. One transaction stores it as a new version, makes that the version in use, and enters both versions in the log.
3. Durable steps give it to the other places that have the old key, and delete the old one in the end (`key_rotation`).

Until step 2 commits, the old key is in use, so a server that is killed leaves nothing to continue. A way back is the
same with the credential of the version before: it is proved, and becomes a new version.
"""

from __future__ import annotations

from leastway.custody import credentials_in
from leastway.ports import Holder, HolderKind
from leastway.service.accounts import KnownAccount, read_account, update_account
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import ConflictError, StoredRotation
from leastway.tenants import Permission

__all__ = ["read_rotation", "roll_back_account"]


def read_rotation(server: Server, caller: Caller, organization: str, account: str) -> StoredRotation:
    """Return the newest rotation of an account's key. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    read_account(server, caller, organization, account)
    with server.store.reading() as transaction:
        found = transaction.key_rotations.find(organization, account)
    if found is None:
        raise NotFoundError(f"the account {account!r} has had one key only", fix="give it a new key with PATCH")
    return found


def roll_back_account(server: Server, caller: Caller, organization: str, account: str) -> KnownAccount:
    """Make the credential of the version before the one in use again, as a new version, and return the account.

    A second way back undoes the first. Errors: NotFoundError; ConflictError if there is no version before;
    CheckFailedError if its key no longer works.
    """
    caller.need(Permission.OPERATE, organization)
    known = read_account(server, caller, organization, account)
    holder = Holder(organization, HolderKind.ACCOUNT, account)
    with server.store.reading() as transaction:
        older = [one for one in transaction.secrets.versions(holder) if one.place.version < known.account.version]
        sealed = transaction.secrets.sealed(older[-1].place) if older else None
    if sealed is None:
        raise ConflictError(
            "custody has no credential before this one, so there is none to go back to",
            fix="give the credential that it needs",
        )
    credentials = credentials_in(server.custody.open(sealed), known.account.type, where=str(sealed.place))
    changed = update_account(server, caller, organization, account, credentials=credentials)
    assert changed is not None  # noqa: S101 - only a dry run returns None
    return changed
