"""Which external id each account has: the store's, the file's, the live role's, or a new one, in this order.

A role that is there already and asks for an external id keeps it, whoever made the role: the platform holds that id,
and a new one would lock it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leastway.errors import InvalidInputError
from leastway.estate import Observed, Role, external_id_in
from leastway.grant import Grant, new_external_id
from leastway.ports import Store

__all__ = ["candidates", "settle"]


def candidates(grant: Grant, store: Store) -> dict[str, str]:
    """Return an id for each account, which is only a guess where neither the store nor the file knows one."""
    return {
        account.id: store.external_id(grant.name, account.id) or account.external_id or new_external_id()
        for account in grant.accounts
    }


def settle(grant: Grant, store: Store, guesses: Mapping[str, str], live: Iterable[Observed]) -> dict[str, str]:
    """Return the id that each account keeps, claimed in the store.

    InvalidInputError when the file names an id that another account has, or another one than the account has.
    """
    seen = _live_ids(grant.name, live)
    settled: dict[str, str] = {}
    for account in grant.accounts:
        known = store.external_id(grant.name, account.id)
        chosen = account.external_id or known or seen.get(account.id) or guesses[account.id]
        try:
            store.claim(grant.name, account.id, chosen)
        except InvalidInputError as error:
            if account.external_id or known:
                raise
            raise InvalidInputError(
                f"a role that is there asks for an external id of another account: {error.what}",
                where=f"{grant.name}/{account.id}",
                fix="give this account an `external_id` of its own in the grant, and tell it to the platform",
            ) from error
        settled[account.id] = chosen
    return settled


def _live_ids(grant: str, live: Iterable[Observed]) -> dict[str, str]:
    """Return the external ids that live roles ask for, but for roles of another grant."""
    found: dict[str, str] = {}
    for observed in live:
        if not isinstance(observed.object, Role) or (observed.mark is not None and observed.mark.grant != grant):
            continue
        if external_id := external_id_in(observed.object.trust):
            found.setdefault(observed.object.account, external_id)
    return found
