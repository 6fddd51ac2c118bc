"""The access in one account as a graph: platform to role or user, to policies and clusters, to namespaces.

Each edge names the objects that it depends on, so that their state and the proofs about them can be shown on it. Tags
are conditions of access and not edges. External ids are not part of a picture.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    Address,
    AwsAuthMapping,
    ClusterTag,
    EstateObject,
    IdentityProvider,
    ManagedPolicy,
    NodegroupTag,
    Place,
    RbacBinding,
    RbacRole,
    Role,
    User,
    is_identity_provider,
)
from leastway.policy import Effect

__all__ = ["LIMITED", "Edge", "NodeKind", "Picture", "PictureNode", "picture_of"]

LIMITED: Final = "is limited by it (permissions boundary)"
_WHOLE_CLUSTER = "the whole cluster"


class NodeKind(enum.Enum):
    """The kinds of node, in the order in which access passes through them."""

    PLATFORM = "platform"
    USER = "user"
    ROLE = "role"
    POLICY = "policy"
    CLUSTER = "cluster"
    NAMESPACE = "namespace"


_RANKS = {kind: rank for rank, kind in enumerate(NodeKind)}


@dataclass(frozen=True, slots=True)
class PictureNode:
    """One node: `key` is unique within its kind (an ARN, a place, a place with a namespace), `label` is for people."""

    kind: NodeKind
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Edge:
    """Access from one node to the next; `label` says by what, `objects` are the objects that it depends on."""

    source: PictureNode
    target: PictureNode
    label: str
    objects: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The access in one account; the edges follow the access, and no two are equal."""

    account: str
    edges: tuple[Edge, ...]

    def nodes(self, kind: NodeKind | None = None) -> tuple[PictureNode, ...]:
        """Return the nodes in the order of the edges, of one kind or all."""
        found = dict.fromkeys(node for edge in self.edges for node in (edge.source, edge.target))
        return tuple(node for node in found if kind in (None, node.kind))


def picture_of(account: str, platform: str, objects: Iterable[EstateObject]) -> Picture:
    """Return the picture of `account` from its objects and those of its clusters; `platform` is the profile's name."""
    drawn = _Drawn(platform, tuple(objects))
    found = dict.fromkeys(edge for each in drawn.objects for edge in drawn.edges(each))
    return Picture(account, tuple(sorted(found, key=_order)))


def _order(edge: Edge) -> tuple[str, int]:
    """Return the sort key: the account before its clusters, and the way into a cluster before what is in it."""
    cluster = next((node.key for node in (edge.source, edge.target) if node.kind is NodeKind.CLUSTER), "")
    return cluster, _RANKS[edge.source.kind]


class _Drawn:
    """The objects of one account, indexed by what edges refer to."""

    def __init__(self, platform: str, objects: tuple[EstateObject, ...]) -> None:
        self.platform = platform
        self.objects = objects
        self.holders: dict[str, PictureNode] = {}
        for each in objects:
            if isinstance(each, User | Role):
                kind = NodeKind.USER if isinstance(each, User) else NodeKind.ROLE
                node = PictureNode(kind, each.arn, f"{kind.value} {each.name}")
                self.holders[each.arn] = node
                self.holders[_without_path(each)] = node
        self.policies = {one.arn: one for one in objects if isinstance(one, ManagedPolicy)}
        self.rbac_roles = {one.address: one for one in objects if isinstance(one, RbacRole)}
        self.members: dict[tuple[Place, str], list[AccessEntry | AwsAuthMapping]] = {}
        for one in objects:
            if isinstance(one, AccessEntry | AwsAuthMapping):
                for group in one.groups:
                    self.members.setdefault((one.place, group), []).append(one)

    def edges(self, each: EstateObject) -> Iterator[Edge]:
        match each:
            case Role():
                for principal in _admitted(each):
                    source = self.holders.get(principal) or PictureNode(
                        NodeKind.PLATFORM, principal, self._named(principal)
                    )
                    yield Edge(source, self.holders[each.arn], _assumes(each, principal), (each.address,))
                yield from self._rights(each)
            case User():
                yield from self._rights(each)
            case AccessKey():
                user = next((one for one in self.objects if isinstance(one, User) and one.name == each.user), None)
                if user is not None:
                    source = PictureNode(NodeKind.PLATFORM, self.platform, self.platform)
                    yield Edge(source, self.holders[user.arn], "has an access key", (user.address, each.address))
            case AccessEntry():
                yield Edge(self._holder(each.principal), _cluster(each.place), "access entry", (each.address,))
            case AwsAuthMapping():
                yield Edge(self._holder(each.arn), _cluster(each.place), "aws-auth", (each.address,))
            case AccessPolicy():
                for namespace in sorted(each.namespaces) or [""]:
                    label = f"access policy {each.policy.rpartition('/')[2]}"
                    yield Edge(_cluster(each.place), _namespace(each.place, namespace), label, (each.address,))
            case RbacBinding():
                yield self._binding(each)
            case ManagedPolicy() | IdentityProvider() | ClusterTag() | NodegroupTag() | RbacRole():
                return
            case _:
                assert_never(each)

    def _rights(self, holder: User | Role) -> Iterator[Edge]:
        source = self.holders[holder.arn]
        for name, _ in holder.inline:
            node = PictureNode(NodeKind.POLICY, f"{holder.arn}/{name}", f"inline policy {name}")
            yield Edge(source, node, "can do what it allows", (holder.address,))
        for arn in sorted(holder.policies):
            yield self._policy(holder, arn, "can do what it allows")
        if holder.boundary:
            yield self._policy(holder, holder.boundary, LIMITED)

    def _policy(self, holder: User | Role, arn: str, label: str) -> Edge:
        node = PictureNode(NodeKind.POLICY, arn, f"policy {arn.rpartition('/')[2]}")
        own = (self.policies[arn].address,) if arn in self.policies else ()
        return Edge(self.holders[holder.arn], node, label, (holder.address, *own))

    def _binding(self, binding: RbacBinding) -> Edge:
        named = f"{binding.namespace}/{binding.role}" if not binding.role_is_cluster_wide else binding.role
        role = self.rbac_roles.get(Address(binding.place, RbacRole.kind, named))
        members = [one.address for one in self.members.get((binding.place, binding.group), ())]
        objects = (binding.address, *((role.address,) if role else ()), *members)
        label = f"group {binding.group}, RBAC role {binding.role}"
        return Edge(_cluster(binding.place), _namespace(binding.place, binding.namespace), label, objects)

    def _holder(self, arn: str) -> PictureNode:
        kind = NodeKind.USER if ":user/" in arn else NodeKind.ROLE
        return self.holders.get(arn) or PictureNode(kind, arn, f"{kind.value} {arn.rpartition('/')[2]}")

    def _named(self, principal: str) -> str:
        return f"{self.platform}: {principal}"


def _admitted(role: Role) -> list[str]:
    """Return the principals that an Allow of the trust policy names; "everyone except" counts as everyone."""
    found: dict[str, None] = {}
    for statement in role.trust.statements:
        if statement.effect is Effect.ALLOW:
            names = statement.principal.names() if statement.principal else [(None, "*")]
            found.update(dict.fromkeys(name for _, name in names))
    return list(found)


def _assumes(role: Role, principal: str) -> str:
    """Return how the principal comes in: of an identity provider, with which subjects."""
    if not is_identity_provider(principal):
        return "assumes"
    subjects = dict.fromkeys(
        value
        for statement in role.trust.statements
        if statement.effect is Effect.ALLOW and statement.principal is not None
        if principal in [name for _, name in statement.principal.names()]
        for _, key, values in statement.tests()
        if key.lower().endswith(":sub")
        for value in values
    )
    return f"assumes with a token of {' or '.join(subjects) or 'anybody'}"


def _without_path(holder: User | Role) -> str:
    return f"{holder.arn.split('/')[0]}/{holder.name}" if isinstance(holder, Role) else holder.arn


def _cluster(place: Place) -> PictureNode:
    return PictureNode(NodeKind.CLUSTER, str(place), f"cluster {place.cluster} ({place.region})")


def _namespace(place: Place, namespace: str) -> PictureNode:
    label = f"namespace {namespace}" if namespace else _WHOLE_CLUSTER
    return PictureNode(NodeKind.NAMESPACE, f"{place}/{namespace}", label)
