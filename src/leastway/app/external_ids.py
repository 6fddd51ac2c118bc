"""Which external id each account has: the store's, the file's, the live role's, or a new one, in this order.

A role that is there already and asks for an external id keeps it, whoever made the role: the platform holds that id,
and a new one would lock it out. One that can be guessed is not kept: only the customer can agree with the platform on
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leastway.errors import InvalidInputError
from leastway.estate import Observed, Role, external_id_in
from leastway.grant import Account, Grant, new_external_id, why_guessable
from leastway.ports import Store

__all__ = ["candidates", "settle"]

_ANOTHER = (
    "give this account an `external_id` of its own in the grant (openssl rand -hex 32 makes one), tell it to the "
    "platform, and apply"
)


def candidates(grant: Grant, store: Store) -> dict[str, str]:
    """Return an id for each account, which is only a guess where neither the store nor the file knows one."""
    return {
        account.id: store.external_id(grant.name, account.id) or account.external_id or new_external_id()
        for account in grant.accounts
    }


def settle(grant: Grant, store: Store, guesses: Mapping[str, str], live: Iterable[Observed]) -> dict[str, str]:
    """Return the id that each account keeps, claimed in the store.

    InvalidInputError when the file names an id that another account has, or another one than the account has, and when
    a live role asks for one that another account has or that can be guessed.
    """
    seen = _live_ids(grant.name, live)
    settled: dict[str, str] = {}
    for account in grant.accounts:
        known = account.external_id or store.external_id(grant.name, account.id)
        adopted, is_ours = seen.get(account.id, ("", False))
        if adopted and not known and not is_ours:
            _check_strength(grant, account, adopted)
        chosen = known or adopted or guesses[account.id]
        try:
            store.claim(grant.name, account.id, chosen)
        except InvalidInputError as error:
            if known:
                raise
            raise InvalidInputError(
                f"a role that is there asks for an external id of another account: {error.what}",
                where=f"{grant.name}/{account.id}",
                fix=_ANOTHER,
            ) from error
        settled[account.id] = chosen
    return settled


def _check_strength(grant: Grant, account: Account, external_id: str) -> None:
    why = why_guessable(
        external_id,
        account=account.id,
        grant=grant.name,
        roles=(role.name for role in account.roles),
        clusters=(cluster.name for cluster in account.clusters),
    )
    if why:
        raise InvalidInputError(
            f"a role that is there asks for an external id that can be guessed: {why}",
            where=f"{grant.name}/{account.id}",
            fix=_ANOTHER,
        )


def _live_ids(grant: str, live: Iterable[Observed]) -> dict[str, tuple[str, bool]]:
    """Return the external ids that live roles ask for, and whether a role of this grant does; not those of others."""
    found: dict[str, tuple[str, bool]] = {}
    for observed in live:
        if not isinstance(observed.object, Role) or (observed.mark is not None and observed.mark.grant != grant):
            continue
        if external_id := external_id_in(observed.object.trust):
            found.setdefault(observed.object.account, (external_id, observed.mark is not None))
    return found
