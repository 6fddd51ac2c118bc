"""The part of a grant that a run includes: the accounts and clusters that a person names by patterns. Pure.

- An account is included with all of its clusters.
- A cluster is included with the platform's principal in its account, without which it gives no access. The roles for
  Terraform of that account are not included.

What leastway wrote to earlier and the grant no longer names can be included, too. A pattern that matches nothing is an
error, never an empty run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from leastway.compiler.compile import Compiled, cluster_places, principal_arn
from leastway.compiler.external_ids import role_keys
from leastway.errors import InvalidInputError
from leastway.estate import Address, Estate, Kind, Place, role_address
from leastway.grant import Grant, Identity

__all__ = ["Scope", "scope_of"]

_LISTED = 50


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run includes; without arguments, everything.

    `accounts` are included with their clusters, `clusters` on their own, with the `principals` that they need.
    `left_out` is what the grant has in addition: accounts, clusters and roles of accounts that are included in part.
    """

    is_everything: bool = True
    accounts: frozenset[str] = frozenset()
    clusters: frozenset[Place] = frozenset()
    principals: frozenset[Address] = frozenset()
    left_out: tuple[Place | Address, ...] = ()

    def includes(self, where: Address) -> bool:
        """Return whether an object is included."""
        return self.includes_place(where.place) or where in self.principals

    def includes_place(self, place: Place) -> bool:
        """Return whether everything in a place is included."""
        return self.is_everything or place.account in self.accounts or place in self.clusters

    def includes_text(self, address: str) -> bool:
        """Return whether the object with this printed address is included."""
        account = address.partition("/")[0]
        return self.includes_place(Place(account)) or any(address.startswith(f"{place}/") for place in self.clusters)

    def narrowed(self, grant: Grant) -> Grant:
        """Return the grant without the accounts of which nothing is included.

        An account keeps all of its clusters: the policy of the platform's principal names each of them.
        """
        if self.is_everything:
            return grant
        there = self.accounts | {place.account for place in self.clusters}
        return replace(grant, accounts=tuple(account for account in grant.accounts if account.id in there))

    def requested(self, grant: Grant) -> Grant:
        """Return the grant with only what is included. Do not compile it: its policies would name fewer clusters."""
        if self.is_everything:
            return grant
        accounts = (
            account
            if account.id in self.accounts
            else replace(
                account,
                clusters=tuple(
                    cluster
                    for cluster in account.clusters
                    if Place(account.id, cluster.region, cluster.name) in self.clusters
                ),
                roles=(),
            )
            for account in self.narrowed(grant).accounts
        )
        return replace(grant, accounts=tuple(accounts))

    def within(self, compiled: Compiled) -> Compiled:
        """Return the objects that are included, and what of them could not be compiled."""
        if self.is_everything:
            return compiled
        return Compiled(
            Estate(compiled.estate.grant, tuple(one for one in compiled.estate if self.includes(one.address))),
            tuple(
                problem
                for problem in compiled.unreadable
                if isinstance(problem.where, Place) and self.includes_place(problem.where)
            ),
            tuple(one for one in compiled.too_long if self.includes(one.address)),
        )


def scope_of(grant: Grant, accounts: Sequence[str], clusters: Sequence[str], *, touched: Iterable[Place] = ()) -> Scope:
    """Return what these patterns include: everything if there are none.

    `accounts` match ids; `clusters` match names, or ACCOUNT/REGION/CLUSTER if they contain a slash, and only in the
    accounts that match. `touched` are places where leastway wrote. Errors: InvalidInputError for a pattern that matches
    nothing.
    """
    if not accounts and not clusters:
        return Scope()
    places = [*(Place(account.id) for account in grant.accounts), *cluster_places(grant)]
    places += sorted({*touched} - {*places})
    ids = list(dict.fromkeys(str(place.account) for place in places))
    chosen = [one for one in ids if not accounts or any(fnmatchcase(one, pattern) for pattern in accounts)]
    for pattern in accounts:
        if not any(fnmatchcase(one, pattern) for one in ids):
            raise _no_match("account", "--account", pattern, ids)
    if not clusters:
        included = frozenset(chosen)
        return Scope(False, included, left_out=tuple(Place(one) for one in ids if one not in included))
    candidates = [place for place in places if place.cluster and place.account in chosen]
    for pattern in clusters:
        if not any(_matches(place, pattern) for place in candidates):
            raise _no_match("cluster", "--cluster", pattern, [str(place) for place in candidates])
    alone = frozenset(place for place in candidates if any(_matches(place, pattern) for pattern in clusters))
    principals = frozenset(_principals(grant, {place.account for place in alone}))
    return Scope(False, frozenset(), alone, principals, tuple(_left_out(grant, places, alone, principals)))


def _matches(place: Place, pattern: str) -> bool:
    return fnmatchcase(str(place) if "/" in pattern else place.cluster, pattern)


def _no_match(what: str, option: str, pattern: str, known: Sequence[str]) -> InvalidInputError:
    more = len(known) - _LISTED
    listed = ", ".join(known[:_LISTED]) + (f" and {more} more" if more > 0 else "")
    fix = f"the grant has: {listed}" if known else f"the grant has no {what}s there"
    return InvalidInputError(f"no {what} of the grant matches", where=f"{option} {pattern}", fix=fix)


def _principals(grant: Grant, accounts: Iterable[str]) -> Iterable[Address]:
    """Yield the objects that are the platform's principal: its role, or its user with the user's policy and key."""
    there = set(accounts)
    for account in grant.accounts:
        if account.id not in there:
            continue
        place = Place(account.id)
        if grant.identity is Identity.IAM_USER:
            yield Address(place, Kind.MANAGED_POLICY, grant.platform.user_policy_name)
            yield Address(place, Kind.USER, grant.platform.user_name)
            yield Address(place, Kind.ACCESS_KEY, grant.platform.user_name)
        else:
            yield Address(place, Kind.ROLE, principal_arn(grant, account).name)


def _left_out(
    grant: Grant, places: Sequence[Place], alone: frozenset[Place], principals: frozenset[Address]
) -> Iterable[Place | Address]:
    """Yield the accounts, clusters and roles that are not included, account by account."""
    there = {place.account for place in alone}
    yield from (place for place in places if not place.cluster and place.account not in there)
    yield from (place for place in places if place.cluster and place.account in there and place not in alone)
    for account in grant.accounts:
        if account.id in there:
            roles = (role_address(key) for key in role_keys(grant, account))
            yield from (address for address in roles if address not in principals)
