"""The platform's part in the rotation of a customer's credential: the way back to the version before.

A new key is accepted by `update_account`, in this order:
1. It is proved before anything is stored (`key_proof`).
2. One transaction stores it as a new version, makes that the version in use, and enters both versions in the log.
3. The version before it stays for work that is running, until the next change.

Until step 2 commits, the old key is in use, so a server that is killed leaves nothing to continue. A way back is the
same with the credential of the version before: it is proved, and becomes a new version.
"""

from __future__ import annotations

from leastway.custody import credentials_in
from leastway.ports import Holder, HolderKind
from leastway.service.accounts import KnownAccount, read_account, update_account
from leastway.service.caller import Caller
from leastway.service.server import Server
from leastway.store import ConflictError
from leastway.tenants import Permission

__all__ = ["roll_back_account"]


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
            "the account has only had one credential, so there is none to go back to",
            fix="give the credential that it must have",
        )
    credentials = credentials_in(server.custody.open(sealed), known.account.type, where=str(sealed.place))
    changed = update_account(server, caller, organization, account, credentials=credentials)
    assert changed is not None  # noqa: S101 - only a dry run returns None
    return changed
