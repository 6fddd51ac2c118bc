"""The sites of one grant: AWS's, and the Kubernetes behind each cluster that AWS told of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from leastway.errors import LeastwayError
from leastway.estate import ClusterFacts, Place, Realm, Unreadable
from leastway.ports import Site, Sites

__all__ = ["GrantSites"]


class GrantSites:
    """AWS's sites, with `open_kubernetes` for the clusters; what a cluster said of itself is asked once."""

    def __init__(self, aws: Sites, open_kubernetes: Callable[[ClusterFacts], Site]) -> None:
        self._aws = aws
        self._open_kubernetes = open_kubernetes
        self._facts: dict[Place, ClusterFacts | Unreadable] = {}
        self._lock = threading.Lock()

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        """Ask each cluster for its facts, afresh."""
        found = self._aws.discover(places)
        with self._lock:
            self._facts.update(found)
        return found

    def site(self, realm: Realm, place: Place) -> Site:
        """Open one site; a cluster's Kubernetes is found by what EKS says of it."""
        if realm is not Realm.KUBERNETES:
            return self._aws.site(realm, place)
        facts = self._facts.get(place) or self.discover([place])[place]
        if isinstance(facts, Unreadable):
            raise LeastwayError(facts.reason, where=str(place), fix=facts.fix or None)
        return self._open_kubernetes(facts)
