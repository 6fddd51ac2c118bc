"""What the credentials at hand can see: the account, and the clusters of a region with their modes."""

from __future__ import annotations

from dataclasses import dataclass

from leastway.aws.accounts import Accounts
from leastway.aws.ambient import ambient_account
from leastway.aws.doors import Ambient, Door, Profile
from leastway.aws.eks import discover_cluster
from leastway.aws.eks.paging import every
from leastway.aws.errors import aws_errors
from leastway.estate import ClusterFacts, Place, Unreadable

__all__ = ["Surroundings", "look_around"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """An account, one of its regions, and each cluster there."""

    account: str
    region: str
    clusters: tuple[ClusterFacts | Unreadable, ...]


def look_around(region: str | None = None, profile: str | None = None) -> Surroundings:
    """List the clusters of `region`, by default the configured one, and ask each for its facts.

    LeastwayError where there are no credentials, no region, or no permission to list.
    """
    account, where = ambient_account(region, profile)
    accounts = Accounts([Door(account, where, Profile(profile) if profile else Ambient())])
    eks = accounts.eks(account, where)
    with aws_errors(f"{account}/{where}"):
        names = sorted(every(eks, "list_clusters", "clusters"))
    return Surroundings(account, where, tuple(discover_cluster(eks, Place(account, where, name)) for name in names))
