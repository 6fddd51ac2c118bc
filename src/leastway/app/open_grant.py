"""A grant that use cases can work on: the document, the store, and the sites of its accounts and clusters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from leastway.app.settings import Settings
from leastway.compiler import Scope, cluster_places, scope_of
from leastway.custody import FirstKeys
from leastway.estate import Place
from leastway.grant import Grant, Problem
from leastway.kube import Backups
from leastway.ports import KeyCustody, Sites, Store, UserKeys
from leastway.primitives import Clock, SystemClock
from leastway.reconcile import Convergence, Workers, check_given_up
from leastway.verify import ReviewAccess, SimulatePolicy

__all__ = ["EngineerAccess", "OpenGrant", "giving_up", "targeting"]


@dataclass(frozen=True, slots=True)
class EngineerAccess:
    """Simulations of IAM, and access reviews of clusters."""

    simulate: SimulatePolicy
    review: ReviewAccess


@dataclass(frozen=True, slots=True)
class OpenGrant:
    """The grant, and everything that a use case needs to read and change its accounts and clusters."""

    grant: Grant
    sites: Sites
    store: Store
    settings: Settings
    keys: FirstKeys
    backups: Backups
    user_keys: Callable[[str, str, KeyCustody], UserKeys]
    """Opens the access keys of a user: by account, name, and where a new key is stored."""
    workers: Workers = field(default_factory=Workers)
    convergence: Convergence = field(default_factory=Convergence)
    clock: Clock = field(default_factory=SystemClock)
    given_up: frozenset[str] = frozenset()
    """Accounts and clusters that are no longer read, at a person's request."""
    engineer: EngineerAccess | None = None
    """How the engineer asks about the platform's access; None where nobody does."""
    scope: Scope = field(default_factory=Scope)
    """What the run includes; `grant` has no accounts of which nothing is included."""
    objections: tuple[Problem, ...] = ()
    """The problems of the grant that do not matter for this run, which gives no access."""
    no_store: str = ""
    """Why the store could not be opened. Only a revocation goes on without it, and `store` is then empty."""


def giving_up(open_grant: OpenGrant, places: Collection[str], *, even_of_the_grant: bool) -> OpenGrant:
    """Return `open_grant` without the places to give up: account ids, and clusters as `account/region/cluster`.

    Errors: InvalidInputError where leastway never wrote to a place, and, unless `even_of_the_grant`, where the grant
    names it.
    """
    given_up = frozenset(places)
    touched = {place for _, place in open_grant.store.touched(open_grant.grant.name)}
    named = (*(Place(account.id) for account in open_grant.grant.accounts), *cluster_places(open_grant.grant))
    check_given_up(places, touched=touched, named=named, even_of_the_grant=even_of_the_grant)
    return replace(open_grant, given_up=given_up)


def targeting(open_grant: OpenGrant, accounts: Sequence[str], clusters: Sequence[str]) -> OpenGrant:
    """Return `open_grant` for the accounts and clusters that match these patterns, or as it is without patterns.

    Errors: InvalidInputError for a pattern that matches nothing.
    """
    touched = {place for _, place in open_grant.store.touched(open_grant.grant.name)}
    scope = scope_of(open_grant.grant, accounts, clusters, touched=touched)
    return replace(open_grant, grant=scope.narrowed(open_grant.grant), scope=scope)
