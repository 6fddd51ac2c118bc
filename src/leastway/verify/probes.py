"""The requests that show whether the access matches the grant, above all those that must be refused.

For each account: assume the roles with each right external id, a wrong one and none, from a listed and an unlisted
address; assume a role that is not part of the grant; list and delete clusters. A platform that comes in with tokens
assumes the roles with tokens of each subject of the grant, of another subject, for another audience, and forged ones.
Without a list of addresses there is no unlisted one to try.
For each cluster: describe it and its node groups, and use its access inside and outside of its namespaces.
`Neighbours` are existing clusters and roles that are not part of the grant, for requests that must be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from leastway.estate import ExternalIds, Place
from leastway.grant import (
    AccessPolicyName,
    Account,
    Cluster,
    Grant,
    GroupAccess,
    Identity,
    Oidc,
    PolicyAccess,
    TerraformRole,
)
from leastway.rbac import RbacRule, may_allow
from leastway.verify.probe import Probe, ProbeVerdict
from leastway.verify.request import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    ExternalIdUse,
    KubernetesCall,
    Origin,
    ProbeRequest,
    TokenUse,
    WebIdentityCall,
)

__all__ = ["Neighbours", "probes"]

_NO_SUCH_CLUSTER = "leastway-verify-no-such-cluster"
_OUTSIDE = "leastway-verify-outside"
"""A namespace that need not exist: RBAC decides before anything is read."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What exists next to the grant's objects: ARNs of roles by account, and clusters."""

    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clusters: tuple[Place, ...] = ()


def probes(
    grant: Grant, neighbours: Neighbours | None = None, external_ids: ExternalIds | None = None
) -> tuple[Probe, ...]:
    """Return every probe of the grant, account by account; `external_ids` are those that the roles accept."""
    nearby = neighbours or Neighbours()
    return tuple(
        probe for account in grant.accounts for probe in _Account(grant, account, nearby, external_ids).probes()
    )


@dataclass(frozen=True, slots=True)
class _Account:
    grant: Grant
    account: Account
    nearby: Neighbours
    external_ids: ExternalIds | None = None

    def probes(self) -> Iterator[Probe]:
        if self.grant.platform.oidc is not None:
            yield from self._with_tokens(self.grant.platform.oidc)
            return
        if self.grant.identity is Identity.TRUST_ROLE and self.account.clusters:
            yield from self._assumptions(self._role_arn(self.grant.platform.access_role(self.account.id)))
        if self.account.clusters:
            yield from self._eks()
        for cluster in self.account.clusters:
            yield from self._kubernetes(cluster)
        yield from self._terraform_roles()

    def _with_tokens(self, oidc: Oidc) -> Iterator[Probe]:
        if self.account.clusters:
            yield from self._exchanges(self._role_arn(self.grant.platform.access_role(self.account.id)), oidc)
            yield from self._eks()
        for cluster in self.account.clusters:
            yield from self._kubernetes(cluster)
        for role in self.account.roles:
            yield from self._exchanges(self._role_arn(role.name, role), oidc)
        for arn in self.nearby.roles.get(self.account.id) or (self._role_arn("leastway-verify-no-such-role"),):
            request = WebIdentityCall(
                self.account.id, arn, TokenUse.RIGHT, oidc.example(self.grant.subjects[0]), Origin.LISTED
            )
            asked = f"assume {arn.rsplit('/', 1)[-1]}, which is not part of the grant"
            yield self._probe(asked, request, ProbeVerdict.DENIED)

    def _exchanges(self, role: str, oidc: Oidc) -> Iterator[Probe]:
        name = role.rsplit("/", 1)[-1]
        right = [oidc.example(subject) for subject in self.grant.subjects]
        stranger = oidc.stranger(self.grant.subjects)
        tries = [(TokenUse.RIGHT, one, f"a token of {one}", ProbeVerdict.ALLOWED) for one in right]
        if stranger:
            tries.append((TokenUse.OTHER_SUBJECT, stranger, f"a token of {stranger}", ProbeVerdict.DENIED))
        tries += [(use, right[0], use.value, ProbeVerdict.DENIED) for use in (TokenUse.OTHER_AUDIENCE, TokenUse.FORGED)]
        for use, subject, words, expected in tries:
            request = WebIdentityCall(self.account.id, role, use, subject, Origin.LISTED)
            yield self._probe(f"assume {name} with {words}", request, expected)
        if self.grant.platform.addresses:
            request = WebIdentityCall(self.account.id, role, TokenUse.RIGHT, right[0], Origin.UNLISTED)
            yield self._probe(f"assume {name} from {Origin.UNLISTED.value}", request, ProbeVerdict.DENIED)

    def _assumptions(self, role: str) -> Iterator[Probe]:
        name = role.rsplit("/", 1)[-1]
        for use, expected in (
            (ExternalIdUse.RIGHT, ProbeVerdict.ALLOWED),
            (ExternalIdUse.WRONG, ProbeVerdict.DENIED),
            (ExternalIdUse.NONE, ProbeVerdict.DENIED),
        ):
            request = AssumeRoleCall(self.account.id, role, use, Origin.LISTED)
            yield self._probe(f"assume {name} with {use.value}", request, expected)
        accepted = self.external_ids.of(self.account.id, name).accepted if self.external_ids else ()
        for number in range(1, len(accepted)):
            request = AssumeRoleCall(self.account.id, role, ExternalIdUse.RIGHT, Origin.LISTED, number)
            yield self._probe(
                f"assume {name} with the other external id {accepted[number]}", request, ProbeVerdict.ALLOWED
            )
        if self.grant.platform.addresses:
            request = AssumeRoleCall(self.account.id, role, ExternalIdUse.RIGHT, Origin.UNLISTED)
            yield self._probe(f"assume {name} from {Origin.UNLISTED.value}", request, ProbeVerdict.DENIED)

    def _eks(self) -> Iterator[Probe]:
        for cluster in self.account.clusters:
            place = self._place(cluster)
            yield self._eks_probe(f"describe cluster {cluster.name}", place, EksAction.DESCRIBE, ProbeVerdict.ALLOWED)
            asked = f"describe the node groups of {cluster.name}"
            yield self._eks_probe(asked, place, EksAction.NODEGROUPS, ProbeVerdict.ALLOWED)
        first = self._place(self.account.clusters[0])
        if self.grant.platform.addresses:
            yield self._probe(
                f"describe cluster {first.cluster} from {Origin.UNLISTED.value}",
                EksCall(first, EksAction.DESCRIBE, Origin.UNLISTED),
                ProbeVerdict.DENIED,
            )
        for place in self.nearby.clusters:
            if place.account == self.account.id:
                asked = f"describe cluster {place.cluster}, which is not part of the grant"
                yield self._eks_probe(asked, place, EksAction.DESCRIBE, ProbeVerdict.DENIED)
        listing = ProbeVerdict.ALLOWED if self.account.list_clusters else ProbeVerdict.DENIED
        yield self._eks_probe("list the account's clusters", first, EksAction.LIST, listing)
        nowhere = first._replace(cluster=_NO_SUCH_CLUSTER)
        yield self._eks_probe("delete a cluster", nowhere, EksAction.DELETE, ProbeVerdict.DENIED)

    def _terraform_roles(self) -> Iterator[Probe]:
        for role in self.account.roles:
            yield from self._assumptions(self._role_arn(role.name, role))
        outside = self.nearby.roles.get(self.account.id) or (self._role_arn("leastway-verify-no-such-role"),)
        for arn in outside:
            asked = f"assume {arn.rsplit('/', 1)[-1]}, which is not part of the grant"
            yield self._probe(
                asked, AssumeRoleCall(self.account.id, arn, ExternalIdUse.RIGHT, Origin.LISTED), ProbeVerdict.DENIED
            )

    def _kubernetes(self, cluster: Cluster) -> Iterator[Probe]:
        place = self._place(cluster)
        for access in cluster.access:
            if isinstance(access, PolicyAccess) or access.rules.rules:  # a file without rules counts as empty
                yield self._kubernetes_probe(_sample(access, place), ProbeVerdict.ALLOWED)
        for call in (
            KubernetesCall(place, "list", "", "pods", _OUTSIDE),
            KubernetesCall(place, "get", "", "secrets", "kube-system"),
        ):
            if not any(_may_allow(access, call) for access in cluster.access):
                yield self._kubernetes_probe(call, ProbeVerdict.DENIED)
        if not any(access.unsafe_reason for access in cluster.access):
            widen = KubernetesCall(place, "create", "rbac.authorization.k8s.io", "clusterrolebindings", "")
            yield self._kubernetes_probe(widen, ProbeVerdict.DENIED)

    def _eks_probe(self, asked: str, place: Place, action: EksAction, expected: ProbeVerdict) -> Probe:
        return self._probe(asked, EksCall(place, action, Origin.LISTED), expected)

    def _kubernetes_probe(self, call: KubernetesCall, expected: ProbeVerdict) -> Probe:
        scope = f"namespace {call.namespace}" if call.namespace else "the whole cluster"
        what = f"{call.resource} {call.name}" if call.name else call.resource
        return self._probe(f"{call.verb} {what} in {scope} of {call.place.cluster}", call, expected)

    def _probe(self, asked: str, request: ProbeRequest, expected: ProbeVerdict) -> Probe:
        return Probe(self.account.id, asked, request, expected)

    def _place(self, cluster: Cluster) -> Place:
        return Place(self.account.id, cluster.region, cluster.name)

    def _role_arn(self, name: str, role: TerraformRole | None = None) -> str:
        return f"arn:{self.account.partition}:iam::{self.account.id}:role{role.path if role else '/'}{name}"


def _may_allow(access: PolicyAccess | GroupAccess, call: KubernetesCall) -> bool:
    """Return whether the access may allow a call: its rules say so; what an access policy allows is not looked up."""
    rules = None if isinstance(access, PolicyAccess) else access.rules.rules
    return may_allow(rules, access.namespaces, RbacRule((call.group,), (call.resource,), (call.verb,)), call.namespace)


def _sample(access: PolicyAccess | GroupAccess, place: Place) -> KubernetesCall:
    """Return a call that the access must allow, in a namespace that matches its first pattern.

    `app-*` becomes `app-leastway-verify`: RBAC and access policies decide without checking that a namespace exists.
    """
    namespace = "" if access.cluster_wide else access.namespaces[0].replace("*", "leastway-verify")
    if isinstance(access, GroupAccess):
        rule = access.rules.rules[0]
        verb, group, resource = rule.verbs[0], rule.api_groups[0], rule.resources[0]
        return KubernetesCall(
            place,
            "list" if verb == "*" else verb,
            "" if group == "*" else group,
            "pods" if resource == "*" else resource,
            namespace,
            rule.resource_names[0] if rule.resource_names else "",
        )
    if access.policy is AccessPolicyName.VIEW:
        return KubernetesCall(place, "list", "", "pods", namespace)
    return KubernetesCall(place, "create", "apps", "deployments", namespace)
