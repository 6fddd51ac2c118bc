"""Where the deployment of a rehearsal goes: a cluster of the grant, with the access that the grant gives there.

It is the first cluster, and the first namespace in it, where the platform has every right that a Deployment and a
Service need: the platform itself asks the cluster. The cluster's administrator looks at the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.rehearsed_agent import agent_beside
from leastway.app.verify import platform_visitor
from leastway.aws import Guest, Guests
from leastway.errors import LeastwayError
from leastway.estate import Place
from leastway.grant import Account, Cluster
from leastway.kube import Connection
from leastway.kube.deploying import ObjectName, Right, find_live, needed_rights
from leastway.ports import FailedCall, RehearsedAccount, RehearsedWorkload, SessionKeys
from leastway.registry import identifier_of
from leastway.sandbox import Control
from leastway.verify import KubernetesCall, PlatformCaller, PlatformVisitor, ProbeVerdict

__all__ = ["rehearsed_workload"]

_KINDS = (("apps/v1", "Deployment"), ("v1", "Service"))
"""What the workload consists of; it runs as the ServiceAccount `default` of its namespace."""
_IDENTITY = Right("kube-system", "", "namespaces", "get")
"""Which cluster answers is read from this namespace."""
_REAL = "kube-apiserver"
_MOST_NAMED = 3


def rehearsed_workload(
    open_grant: OpenGrant,
    planned: Planned,
    caller: PlatformCaller,
    registered: Sequence[RehearsedAccount],
    admins: Mapping[str, SessionKeys],
    control: Control,
) -> RehearsedWorkload | str:
    """Return where a workload is deployed to, or why it cannot be.

    `admins` are the keys of the accounts' administrators; `control` knows the API servers, and the calls to them.
    """
    kubernetes = control.kubernetes()
    if not kubernetes:
        return "the grant has no clusters"
    if not all(name.startswith(_REAL) for name in kubernetes):
        return "leastway's small API server has no Deployments; KUBEBUILDER_ASSETS can name a real one"
    visitor = platform_visitor(open_grant, caller, planned.external_ids)
    lacking = []
    for account, cluster in _clusters(open_grant, registered):
        for namespace in _namespaces(cluster):
            missing = _missing(visitor, Place(account.id, cluster.region, cluster.name), namespace)
            if missing is None:
                look = _Look(account.id, cluster, namespace, Guests().guest(admins[account.id], cluster.region))
                return RehearsedWorkload(
                    identifier_of(open_grant.grant.name, account.id),
                    cluster.region,
                    cluster.name,
                    namespace,
                    partial(agent_beside, look.target()),
                    look.exists,
                    partial(_made_by, look, control),
                )
            lacking.append(f"{cluster.name} lacks {missing}")
    few = "; ".join(dict.fromkeys(lacking[:_MOST_NAMED])) or "none is in a registered account"
    return f"no cluster of the grant gives what a deployment needs: {few}"


@dataclass(frozen=True, slots=True)
class _Look:
    """A cluster as its administrator sees it."""

    account: str
    cluster: Cluster
    namespace: str
    guest: Guest

    def target(self) -> str:
        return urlsplit(self._described()[0]).netloc

    def exists(self, version: str, kind: str, name: str) -> bool:
        connection = Connection(
            *self._described(), lambda: self.guest.token(self.cluster.name), where=f"cluster {self.cluster.name}"
        )
        with closing(connection):
            return find_live(connection, ObjectName(version, kind, self.namespace, name)) is not None

    def _described(self) -> tuple[str, str]:
        found = self.guest.describe_cluster(self.cluster.name)
        if isinstance(found, FailedCall):
            raise LeastwayError(f"the administrator cannot describe it: {found.detail}", where=self.cluster.name)
        return found


def _made_by(look: _Look, control: Control) -> tuple[str, ...]:
    place = (look.account, look.cluster.region, f"{look.cluster.name}/{look.namespace}/")
    return tuple(
        dict.fromkeys(
            one.principal
            for one in control.journal()
            if one.action == "patch deployments"
            and one.mutating
            and (one.account, one.region) == place[:2]
            and one.resource.startswith(place[2])
        )
    )


def _clusters(open_grant: OpenGrant, registered: Sequence[RehearsedAccount]) -> Iterator[tuple[Account, Cluster]]:
    known = {one.id for one in registered}
    for account in open_grant.grant.accounts:
        if identifier_of(open_grant.grant.name, account.id) in known:
            for cluster in account.clusters:
                yield account, cluster


def _namespaces(cluster: Cluster) -> tuple[str, ...]:
    """Return the namespaces of the grant that exist in a rehearsal (`sandbox.grant_scenario`), but for kube-system."""
    found = dict[str, None]()
    for access in cluster.access:
        found |= dict.fromkeys(["default"] if access.cluster_wide else access.namespaces)
    names = dict.fromkeys(name.replace("*", "one") for name in found)
    return tuple(name for name in names if name != _IDENTITY.namespace)


def _missing(visitor: PlatformVisitor, place: Place, namespace: str) -> str | None:
    """Return the first right that the platform does not have, and None if it has all of them."""
    names = [ObjectName(version, kind, namespace, "rehearsal") for version, kind in _KINDS]
    for right in (_IDENTITY, *needed_rights(names, names)):
        call = KubernetesCall(place, right.verb, right.group, right.resource, right.namespace)
        answer = visitor.ask(call)
        if answer.verdict is not ProbeVerdict.ALLOWED:
            return str(right) if answer.verdict is ProbeVerdict.DENIED else f"{right}: {answer.detail}"
    return None
