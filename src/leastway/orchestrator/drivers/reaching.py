"""What drivers reach, with the parts of a server: clusters by sessions of the broker, and agents by passes.

- Every description is an audit entry, committed before it is used. So is the right to sign tokens for a cluster, for a
  minute at most.
- Before each request to a cluster the kill switches are checked, in memory: those of the deployment, and of the session
  or key that signs. So one of them stops a deployment also where no tunnel can be cut. Then a token is signed for that
  request, and kept nowhere.
- A pass is taken when an agent is first needed, and ends with the block.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from leastway.audit import Entry
from leastway.broker import Asked, AuditLedger, Broker, Enter, Gate, StaleError
from leastway.orchestrator.drivers.interface import ClusterSigner
from leastway.ports import ClusterDescription, Clusters, EksToken, SessionKeys, Sts
from leastway.primitives import Clock, Secret
from leastway.sessions import Subject

__all__ = ["AgentPasses", "ReachingParts", "SignedClusters", "open_agents"]

T = TypeVar("T")

_KEPT: Final = timedelta(minutes=1)
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachingParts:
    """The parts of a server that reach clusters."""

    broker: Broker
    gate: Gate
    ledger: AuditLedger
    sts: Sts
    clusters: Clusters
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Kept:
    sign: Callable[[], EksToken]
    until: datetime


class SignedClusters:
    """The clusters of one organization, for one deployment. Thread-safe.

    `enter` words the entries, for whoever deploys; `lineage` is what can stop the deployment besides the account and
    the definition that sign.
    """

    def __init__(
        self, parts: ReachingParts, organization: str, enter: Enter, lineage: tuple[Subject, ...] = ()
    ) -> None:
        self._parts = parts
        self._organization = organization
        self._enter = enter
        self._lineage = lineage
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self._lock = threading.Lock()

    def describe(self, signer: ClusterSigner, region: str, name: str, /) -> ClusterDescription:
        """Call DescribeCluster. Errors: LeastwayError for what AWS, an account or a switch refuses."""
        parts, by = self._parts, signer.by
        lineage = (*self._lineage, self._subject(signer))
        if isinstance(by, SessionKeys):
            self._enter_inline("cluster.described", by, name, region, lineage)
            return parts.clusters.describe(by, region, name)
        asked = Asked(self._organization, by)

        def describe(generation: int) -> ClusterDescription:
            return parts.broker.describe_cluster(
                asked,
                self._enter,
                parts.clusters,
                cluster=name,
                region=region,
                generation=generation,
                lineage=lineage,
            )

        return self._decided(describe)

    def token(self, signer: ClusterSigner, region: str, name: str, /) -> EksToken:
        """Sign a token for one request: it counts as expired after it, so that each one asks again. Errors as above."""
        parts = self._parts
        with self._lock:
            now = parts.clock.now()
            kept = self._kept.get((signer.definition, region, name))
            if kept is None or now >= kept.until:
                sign = self._opened(signer, region, name)
                kept = _Kept(sign, min(now + _KEPT, sign().expires))
                self._kept[signer.definition, region, name] = kept
        return EksToken(kept.sign().token, now)

    def _opened(self, signer: ClusterSigner, region: str, name: str) -> Callable[[], EksToken]:
        """Return what checks the switches and signs, once its entry is committed."""
        parts, by = self._parts, signer.by
        lineage = (*self._lineage, self._subject(signer))
        if isinstance(by, SessionKeys):
            self._enter_inline("eks-token.handed-out", by, name, region, lineage)

            def sign_inline() -> EksToken:
                parts.gate.check(lineage)
                return parts.sts.eks_token(by, cluster=name, region=region, expiry=None)

            return sign_inline
        asked = Asked(self._organization, by)

        def sign(generation: int) -> Callable[[], EksToken]:
            return parts.broker.eks_signer(
                asked, self._enter, cluster=name, region=region, generation=generation, lineage=lineage
            )

        return self._decided(sign)

    def _enter_inline(
        self, action: str, keys: SessionKeys, cluster: str, region: str, lineage: tuple[Subject, ...]
    ) -> None:
        """Commit the entry of a call that is signed with the keys of a definition. Errors: StoppedError."""
        parts = self._parts
        parts.gate.check(lineage)

        def decide() -> Entry:
            parts.gate.check(lineage)
            now, definition = parts.clock.now(), lineage[-1].definition or ""
            return self._enter(
                now, action, cluster, status=200, region=region, definition=definition, signed_with=keys.key_id
            )

        parts.ledger.submit(decide).result()

    def _decided(self, act: Callable[[int], T]) -> T:
        """Decide again if what the decision rests on changes meanwhile. Errors: StaleError after some times."""
        for left in reversed(range(_TRIES)):
            try:
                return act(self._parts.gate.generation)
            except StaleError:
                if not left:
                    raise
        raise AssertionError

    def _subject(self, signer: ClusterSigner) -> Subject:
        account = signer.by if isinstance(signer.by, str) else ""
        return Subject(self._organization, account, None, signer.definition)


@dataclass(slots=True)
class AgentPasses:
    """Passes through agents, one for each agent, until the block of `open_agents` ends. Thread-safe."""

    _take: Callable[[str], AbstractContextManager[Secret]]
    _held: ExitStack
    _urls: dict[str, Secret] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, agent: str, /) -> Secret:
        """Return the URL of a proxy through the agent. Errors: those of `take`."""
        with self._lock:
            if (found := self._urls.get(agent)) is None:
                found = self._urls[agent] = self._held.enter_context(self._take(agent))
            return found


@contextmanager
def open_agents(take: Callable[[str], AbstractContextManager[Secret]]) -> Iterator[AgentPasses]:
    """Give the agents of one deployment in this process; `take` takes a pass through one, until it is left."""
    with ExitStack() as held:
        yield AgentPasses(take, held)
