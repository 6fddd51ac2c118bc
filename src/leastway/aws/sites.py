"""The live sites of all accounts and clusters of a grant: AWS's implementation of `Sites`.

Kubernetes belongs to another adapter; the app passes in the function that opens it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, assert_never, cast

from leastway.aws.accounts import Accounts
from leastway.aws.eks import EksSite, discover_cluster, elsewhere
from leastway.aws.eks_token import sign_token
from leastway.aws.errors import aws_errors
from leastway.aws.iam import AwsPolicies, IamRevoker, IamSite, IamUserKeys
from leastway.errors import LeastwayError, in_words
from leastway.estate import ClusterFacts, Place, Realm, Sighting, Unreadable, Watch, Way
from leastway.ports import EksToken, KeyCustody, Site, UserKeys, unknown_sighting
from leastway.primitives import Clock, SystemClock

__all__ = ["AwsSites"]

_CONTEXT_TYPES = {"aws:SourceIp": "ip", "aws:ViaAWSService": "boolean"}
_EKS_AT_A_TIME = 4
"""Concurrent EKS calls in one account: EKS throttles a hundred concurrent describes."""


class AwsSites:
    """The sites of `accounts`. Thread-safe.

    `names` are the prefixes of the platform's own names (role prefix, user name, policy name); `custody` keeps first
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
        with_identity_providers: bool = False,
    ) -> None:
        self._accounts = accounts
        self._names = tuple(names)
        self._custody = custody
        self._kubernetes = kubernetes
        self._clock = clock or SystemClock()
        self._workers = workers
        self._with_identity_providers = with_identity_providers
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._discovered: dict[Place, ClusterFacts] = {}
        self._lock = threading.Lock()
        self._of_aws = AwsPolicies()

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        """Read the facts of all clusters concurrently, and keep them for the EKS sites that are opened next."""
        clusters = list(places)
        with ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="discover") as pool:
            found = dict(zip(clusters, pool.map(self._discover, clusters), strict=True))
        with self._lock:
            self._discovered.update((place, facts) for place, facts in found.items() if isinstance(facts, ClusterFacts))
        return found

    def site(self, realm: Realm, place: Place) -> Site:
        """Open one site."""
        match realm:
            case Realm.IAM:
                return IamSite(
                    self._accounts.iam(place.account),
                    place,
                    self._names,
                    self._custody,
                    self._clock,
                    of_aws=self._of_aws,
                    elsewhere=partial(self._elsewhere, place.account),
                    with_identity_providers=self._with_identity_providers,
                )
            case Realm.EKS:
                eks = self._accounts.eks(place.account, place.region)
                with self._lock:
                    facts = self._discovered.pop(place, None)
                return EksSite(eks, place, self._names, self._turn(place.account), facts)
            case Realm.KUBERNETES:
                return self._kubernetes(place)
            case _:
                assert_never(realm)

    def user_keys(self, account: str, user: str, custody: KeyCustody) -> UserKeys:
        """Return the access keys of a user."""
        return IamUserKeys(self._accounts.iam(account), account, user, custody)

    def revoker(self, account: str) -> IamRevoker:
        """Open an account for a revocation."""
        return IamRevoker(self._accounts.iam(account), self._clock)

    def simulate(self, account: str, principal: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """Ask IAM to simulate a request of `principal`; `context` has condition keys. Errors: LeastwayError."""
        entries = [
            {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": _CONTEXT_TYPES.get(name, "string")}
            for name, value in context.items()
        ]
        with aws_errors(principal):
            answer = self._accounts.iam(account).simulate_principal_policy(
                PolicySourceArn=principal,
                ActionNames=[action],
                ResourceArns=[resource],
                ContextEntries=cast("Any", entries),
            )
        (result,) = answer["EvaluationResults"]
        return result["EvalDecision"] == "allowed"

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
        except Exception as error:  # noqa: BLE001 - a failure of one cluster does not stop the others
            return Unreadable(place, *in_words(error))

    def _elsewhere(self, account: str, watch: Watch) -> Iterator[Sighting]:
        """Check the other clusters in the grant's regions."""
        for region in sorted(watch.regions):
            try:
                eks = self._accounts.eks(account, region)
            except LeastwayError as error:
                yield unknown_sighting(Place(account), Way.CLUSTER, f"the other clusters in {region}", error)
                continue
            yield from elsewhere(eks, Place(account, region), watch, self._turn(account))

    def _turn(self, account: str) -> threading.BoundedSemaphore:
        with self._lock:
            return self._turns.setdefault(account, threading.BoundedSemaphore(_EKS_AT_A_TIME))
