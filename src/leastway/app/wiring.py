"""Wiring: which adapter stands behind which port. The only place that knows all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import assert_never

from leastway.app.names import claim_name
from leastway.app.open_grant import OpenGrant
from leastway.app.settings import Settings
from leastway.app.sites import GrantSites
from leastway.aws import Accounts, AmbientCredentials, AssumedRole, AwsSites, Door, NamedProfile
from leastway.compiler import principal_arn
from leastway.custody import FirstKeys
from leastway.estate import ClusterFacts, Place, Realm
from leastway.grant import Account, Ambient, AssumeRole, AwsProfile, Grant, load_grant
from leastway.kube import Backups, KubernetesSites
from leastway.ports import Site
from leastway.reconcile import Convergence, Workers
from leastway.store import open_store

__all__ = ["opened"]


@contextmanager
def opened(
    path: Path,
    *,
    settings: Settings | None = None,
    show_key: Callable[[str, str, str], None] | None = None,
    keys: Path | None = None,
    doors: Mapping[str, Door] | None = None,
    convergence: Convergence | None = None,
) -> Iterator[OpenGrant]:
    """Read the grant in the file `path`, and open the store and the doors to its accounts.

    First keys go to the folder `keys` (default: in the state folder), or to `show_key` once. `doors` replaces the
    grant's own ways in, account by account: a rehearsal's. No account is called before something is asked of it.
    """
    where = settings or Settings.from_environment()
    grant = load_grant(path)
    custody = FirstKeys(keys or where.keys, show_key)
    accounts = Accounts((doors or {}).get(account.id) or _door(account) for account in grant.accounts)
    workers = Workers()
    backups = Backups(where.backups)
    principals = {str(account.id): str(principal_arn(grant, account)) for account in grant.accounts}
    username = grant.platform.kubernetes_username
    with open_store(where.store) as store, KubernetesSites(backups) as clusters:

        def open_kubernetes(facts: ClusterFacts) -> Site:
            principal = principals[facts.place.account]
            return clusters.site(facts.place, facts, lambda: aws.token(facts.place), principal, username)

        def kubernetes(place: Place) -> Site:
            return sites.site(Realm.KUBERNETES, place)

        claim_name(store, grant, path)
        aws = AwsSites(accounts, names=_names(grant), custody=custody, kubernetes=kubernetes, workers=workers.clusters)
        sites = GrantSites(aws, open_kubernetes)
        yield OpenGrant(
            grant,
            sites,
            store,
            where,
            custody,
            backups,
            workers=workers,
            convergence=convergence or Convergence(),
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
    """Return what the names of our objects begin with, so that looking for marks need not look at everything."""
    profile = grant.platform
    return (profile.role_prefix, profile.user_name, profile.user_policy_name)
