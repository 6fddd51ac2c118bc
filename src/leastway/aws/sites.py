"""All accounts and clusters of a grant, live: the `Sites` that AWS fulfils.

Kubernetes is another adapter's; the app hands in what opens it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never

from leastway.aws.accounts import Accounts
from leastway.aws.eks import EksSite, discover_cluster
from leastway.aws.eks_token import EksToken, sign_token
from leastway.aws.errors import aws_errors
from leastway.aws.iam import IamSite
from leastway.errors import in_words
from leastway.estate import ClusterFacts, Place, Realm, Unreadable
from leastway.ports import KeyCustody, Site
from leastway.primitives import Clock, SystemClock

__all__ = ["AwsSites"]

_EKS_AT_A_TIME = 4
"""Operations of one account's EKS under way at once: a hundred describes side by side are throttled."""


class AwsSites:
    """The sites behind `accounts`. Safe for threads.

    `names` are what the platform's own names begin with (role prefix, user name, policy name); `custody` takes first
    keys; `kubernetes` opens the Kubernetes of a cluster; `workers` is how many clusters are discovered at once.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        names: Iterable[str],
        custody: KeyCustody,
        kubernetes: Callable[[Place], Site],
        clock: Clock | None = None,
        workers: int = 32,
    ) -> None:
        self._accounts = accounts
        self._names = tuple(names)
        self._custody = custody
        self._kubernetes = kubernetes
        self._clock = clock or SystemClock()
        self._workers = workers
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._told: dict[Place, ClusterFacts] = {}
        self._lock = threading.Lock()

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        """Ask each cluster for its facts, side by side; its EKS site that is opened next is handed them."""
        clusters = list(places)
        with ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="discover") as pool:
            found = dict(zip(clusters, pool.map(self._discover, clusters), strict=True))
        with self._lock:
            self._told.update((place, facts) for place, facts in found.items() if isinstance(facts, ClusterFacts))
        return found

    def site(self, realm: Realm, place: Place) -> Site:
        """Open one site."""
        match realm:
            case Realm.IAM:
                iam = self._accounts.iam(place.account)
                return IamSite(iam, place, self._names, self._custody, self._clock)
            case Realm.EKS:
                eks = self._accounts.eks(place.account, place.region)
                with self._lock:
                    told = self._told.pop(place, None)
                return EksSite(eks, place, self._names, self._turn(place.account), told)
            case Realm.KUBERNETES:
                return self._kubernetes(place)
            case _:
                assert_never(realm)

    def token(self, place: Place) -> EksToken:
        """Sign a token for a cluster, with the credentials of its account."""
        credentials = self._accounts.credentials(place.account)
        with aws_errors(str(place)):
            return sign_token(
                credentials.get_frozen_credentials(),
                cluster=place.cluster,
                region=place.region,
                now=self._clock.now(),
                expiry=self._accounts.expiry(place.account),
            )

    def _discover(self, place: Place) -> ClusterFacts | Unreadable:
        try:
            eks = self._accounts.eks(place.account, place.region)
            with self._turn(place.account):
                return discover_cluster(eks, place)
        except Exception as error:  # noqa: BLE001 - one cluster's failure, of whatever kind, stops no other
            return Unreadable(place, *in_words(error))

    def _turn(self, account: str) -> threading.BoundedSemaphore:
        with self._lock:
            return self._turns.setdefault(account, threading.BoundedSemaphore(_EKS_AT_A_TIME))
