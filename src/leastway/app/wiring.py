"""Connects ports with adapters; the only module that knows all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import assert_never

from leastway.app.open_grant import EngineerAccess, OpenGrant
from leastway.app.settings import Settings
from leastway.aws import Accounts, AmbientCredentials, AssumedRole, AwsSites, Door, NamedProfile
from leastway.compiler import principal_arn
from leastway.custody import FirstKeys
from leastway.errors import InvalidInputError, LeastwayError, in_words
from leastway.estate import ClusterFacts, Place, Realm, Unreadable
from leastway.grant import Account, Ambient, AssumeRole, AwsProfile, Grant, Purpose, claim_of_file, load_for
from leastway.kube import Backups, KubernetesSites, can_as
from leastway.ports import Revoker, Site, Sites, Store
from leastway.ports.memory_store import MemoryStore
from leastway.reconcile import Convergence, Workers
from leastway.store import open_store
from leastway.verify import KubernetesCall

__all__ = ["GrantSites", "claim_name", "opened"]


@contextmanager
def opened(
    path: Path,
    *,
    settings: Settings | None = None,
    show_key: Callable[[str, str, str], None] | None = None,
    keys: Path | None = None,
    doors: Mapping[str, Door] | None = None,
    convergence: Convergence | None = None,
    writes: bool = True,
    purpose: Purpose = Purpose.GIVE,
    needs_store: bool = True,
) -> Iterator[OpenGrant]:
    """Read the grant in the file `path`, and open the store and the sites of its accounts.

    First keys are written to the folder `keys` (default: in the state folder), or passed to `show_key` once. `doors`
    replaces the grant's ways in by account, for a rehearsal. No account is called until a site is read or changed.
    Without `writes`, for a command that only looks, the grant's name is checked and not taken, and a store that does
    not exist is not made. Objections to the grant are those for the `purpose`. Unless the command `needs_store`, a
    store that cannot be opened is an empty one, and `OpenGrant.no_store` says why.
    """
    where = settings or Settings.from_environment()
    grant, objections = load_for(path, purpose)
    custody = FirstKeys(keys or where.keys, show_key)
    accounts = Accounts((doors or {}).get(account.id) or _door(account) for account in grant.accounts)
    workers = Workers()
    backups = Backups(where.backups)
    principals = {str(account.id): str(principal_arn(grant, account)) for account in grant.accounts}
    username = grant.platform.kubernetes_username
    opened_store = _store_at(where.store, writes=writes, is_needed=needs_store)
    with opened_store as (store, no_store), KubernetesSites(backups) as clusters:

        def open_kubernetes(facts: ClusterFacts) -> Site:
            principal = principals[facts.place.account]
            return clusters.site(facts.place, facts, lambda: aws.token(facts.place), principal, username)

        def kubernetes(place: Place) -> Site:
            return sites.site(Realm.KUBERNETES, place)

        claim_name(store, grant, path, takes_it=writes and needs_store)
        aws = AwsSites(
            accounts,
            names=_names(grant),
            custody=custody,
            kubernetes=kubernetes,
            workers=workers.clusters,
            with_identity_providers=grant.platform.oidc is not None,
        )

        def review(place: Place, user: str, groups: Iterable[str], call: KubernetesCall) -> bool:
            facts = sites.facts(place)
            connection = clusters.connection(place, facts, lambda: aws.token(place))
            return can_as(
                connection, user, groups, call.verb, call.group, call.resource, call.namespace, name=call.name
            )

        sites = GrantSites(aws, open_kubernetes)
        yield OpenGrant(
            grant,
            sites,
            store,
            where,
            custody,
            backups,
            aws.user_keys,
            workers=workers,
            convergence=convergence or Convergence(),
            engineer=EngineerAccess(aws.simulate, review),
            objections=objections,
            no_store=no_store,
        )


def _door(account: Account) -> Door:
    match account.access:
        case Ambient():
            return Door(account.id, account.region, AmbientCredentials())
        case AwsProfile(name):
            return Door(account.id, account.region, NamedProfile(name))
        case AssumeRole(arn, external_id):
            return Door(account.id, account.region, AssumedRole(str(arn), external_id))
        case _:
            assert_never(account.access)


def _names(grant: Grant) -> tuple[str, ...]:
    """Return the prefixes of the names of leastway's objects, so that only these objects are read for marks."""
    profile = grant.platform
    return (profile.role_prefix, profile.user_name, profile.user_policy_name)


@contextmanager
def _store_at(where: str | Path, *, writes: bool, is_needed: bool) -> Iterator[tuple[Store, str]]:
    """Open the store; an empty one in memory, with the reason, if it cannot be opened and is not needed."""
    if not writes and "://" not in str(where) and not Path(where).exists():
        yield MemoryStore(), ""
        return
    try:
        store = open_store(where)
    except LeastwayError as error:
        if is_needed:
            raise
        yield MemoryStore(), in_words(error)[0]
        return
    with store:
        yield store, ""


def claim_name(store: Store, grant: Grant, path: Path, *, takes_it: bool = True) -> None:
    """Record that the file `path` owns the grant's name: objects that carry the name are changed and removed for it.

    Two files with one name would each remove the objects of the other. Unless `takes_it`, nothing is recorded. Errors:
    InvalidInputError where another grant has the name.
    """
    here = str(path.resolve()).encode("utf-8", "backslashreplace").decode()  # a file's name may not be valid UTF-8
    known = store.file_of(grant.name)
    if known == here:
        return
    other = claim_of_file(Path(known)) if known else None
    if other is not None and other.is_another_than(grant):
        raise InvalidInputError(
            f"another grant has the name {grant.name!r} too: {known}",
            where=str(path),
            fix="give this grant another `metadata.name`: objects with this name belong to the other grant",
        )
    if takes_it:
        store.remember_file(grant.name, here)


class GrantSites:
    """The sites of AWS, and those of clusters by `open_kubernetes`; the facts of a cluster are read once."""

    def __init__(self, aws: Sites, open_kubernetes: Callable[[ClusterFacts], Site]) -> None:
        self._aws = aws
        self._open_kubernetes = open_kubernetes
        self._facts: dict[Place, ClusterFacts | Unreadable] = {}
        self._lock = threading.Lock()

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        """Read the facts of each cluster again."""
        found = self._aws.discover(places)
        with self._lock:
            self._facts.update(found)
        return found

    def site(self, realm: Realm, place: Place) -> Site:
        """Return one site; the Kubernetes site of a cluster uses the facts that EKS reports."""
        if realm is not Realm.KUBERNETES:
            return self._aws.site(realm, place)
        return self._open_kubernetes(self.facts(place))

    def facts(self, place: Place) -> ClusterFacts:
        """Return the facts of a cluster. Errors: LeastwayError if it cannot be read."""
        facts = self._facts.get(place) or self.discover([place])[place]
        if isinstance(facts, Unreadable):
            raise LeastwayError(facts.reason, where=str(place), fix=facts.fix or None)
        return facts

    def revoker(self, account: str) -> Revoker:
        """Open an account for a revocation."""
        return self._aws.revoker(account)
