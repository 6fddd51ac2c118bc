"""Weaker evidence: what the engineer can ask about the platform's access, without the platform's credentials.

- IAM simulates requests of the platform's role or user (SimulatePrincipalPolicy). That covers its policies, and neither
  trust policies nor external ids, nor service control policies with conditions (IAM User Guide, "Testing IAM policies
  with the IAM policy simulator").
- The API server of a cluster says what RBAC allows the platform's user and groups (SubjectAccessReview). Rights from
  EKS access policies are not part of its answer: they belong to the entry of the token and not to the user. They are
  read from the associations, for the few requests of which EKS documents the answer (EKS User Guide, "Review access
  policy permissions").

What cannot be asked in one of these ways stays untried. Weaker evidence can contradict the grant, and never verifies an
account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from leastway.errors import LeastwayError
from leastway.estate import (
    AccessEntry,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    EstateObject,
    NodegroupTag,
    Place,
    Unreadable,
)
from leastway.grant import Grant, Identity
from leastway.primitives import Partition
from leastway.verify.probe import Evidence, Probe, ProbeAnswer, ProbeVerdict
from leastway.verify.request import EksAction, EksCall, KubernetesCall, Origin

__all__ = ["Engineer", "ReviewAccess", "SimulatePolicy"]

SimulatePolicy = Callable[[str, str, str, str, Mapping[str, str]], bool]
"""Simulates a request: account, ARN of the principal, action, resource, context. LeastwayError: no answer."""
ReviewAccess = Callable[[Place, str, Iterable[str], KubernetesCall], bool]
"""Asks an API server what RBAC allows a user with groups. LeastwayError: no answer."""

_SESSION: Final = "leastway-verify"
_READ: Final = {("list", "", "pods")}
_WRITE: Final = {*_READ, ("create", "apps", "deployments"), ("get", "", "secrets")}
_ALLOWED_BY: Final = {
    "AmazonEKSViewPolicy": _READ,
    "AmazonEKSEditPolicy": _WRITE,
    "AmazonEKSAdminPolicy": _WRITE,
    "AmazonEKSClusterAdminPolicy": {*_WRITE, ("create", "rbac.authorization.k8s.io", "clusterrolebindings")},
}
"""Which of the requests of `probes` each access policy allows."""
_KNOWN: Final = _ALLOWED_BY["AmazonEKSClusterAdminPolicy"]


@dataclass(frozen=True, slots=True)
class Engineer:
    """Asks about the access in place of the platform; `installed` are the observed objects."""

    grant: Grant
    installed: tuple[EstateObject, ...]
    unreadable: tuple[Unreadable, ...]
    simulate: SimulatePolicy
    review: ReviewAccess
    unlisted: str
    """An address that is not the platform's, if it has a list."""

    def ask(self, probe: Probe) -> ProbeAnswer | None:
        """Return the weaker answer to a request; None if there is no way to ask."""
        try:
            match probe.request:
                case EksCall() as call:
                    return self._simulated(call)
                case KubernetesCall() as call:
                    return self._reviewed(call)
                case _:
                    return None
        except LeastwayError as error:
            return ProbeAnswer(
                ProbeVerdict.SKIPPED, f"only the platform can try it, and the engineer cannot ask: {error}"
            )

    def _simulated(self, call: EksCall) -> ProbeAnswer:
        place, partition = call.place, Partition.of_region(call.place.region)
        arn = f"arn:{partition}:eks:{place.region}:{place.account}"
        resource = {
            EksAction.DESCRIBE: f"{arn}:cluster/{place.cluster}",
            EksAction.DELETE: f"{arn}:cluster/{place.cluster}",
            EksAction.NODEGROUPS: f"{arn}:nodegroup/{place.cluster}/{_SESSION}/{_SESSION}",
            EksAction.LIST: "*",
        }[call.action]
        context = {"aws:ViaAWSService": "false", **dict(self._tags(call))}
        addresses = self.grant.platform.addresses
        if addresses:
            listed = addresses[0].partition("/")[0]
            context["aws:SourceIp"] = listed if call.origin is Origin.LISTED else self.unlisted
        is_allowed = self.simulate(place.account, self._principal(place.account), call.action.value, resource, context)
        return _weaker(is_allowed, Evidence.SIMULATED)

    def _tags(self, call: EksCall) -> Iterator[tuple[str, str]]:
        kind = NodegroupTag if call.action is EksAction.NODEGROUPS else ClusterTag
        for one in self.installed:
            if isinstance(one, kind) and one.place == call.place:
                yield f"aws:ResourceTag/{one.key}", one.value

    def _reviewed(self, call: KubernetesCall) -> ProbeAnswer | None:
        places = (call.place, Place(call.place.account))
        if any(getattr(one.where, "place", one.where) in places for one in self.unreadable):
            return None
        found = self._user(call.place)
        if found is None:
            return _weaker(False, Evidence.READ)
        username, groups = found
        if self.review(call.place, username, (*groups, "system:authenticated"), call):
            return _weaker(True, Evidence.REVIEWED)
        associated = list(self._associated(call))
        asked = (call.verb, call.group, call.resource)
        if not associated:
            return _weaker(False, Evidence.REVIEWED)
        if asked not in _KNOWN or call.name or any(policy not in _ALLOWED_BY for policy in associated):
            return None
        return _weaker(any(asked in _ALLOWED_BY[policy] for policy in associated), Evidence.READ)

    def _user(self, place: Place) -> tuple[str, tuple[str, ...]] | None:
        """Return the username and the groups of the platform in a cluster; an access entry comes before aws-auth."""
        principal = self._principal(place.account)
        entries = [one for one in self.installed if isinstance(one, AccessEntry) and one.place == place]
        for entry in entries:
            if entry.principal == principal:
                return entry.username or _generated(principal), tuple(sorted(entry.groups))
        for mapping in self.installed:
            if (
                isinstance(mapping, AwsAuthMapping)
                and mapping.place == place
                and mapping.arn.lower() == principal.lower()
            ):
                return mapping.username.replace("{{SessionName}}", _SESSION), tuple(sorted(mapping.groups))
        return None

    def _associated(self, call: KubernetesCall) -> Iterator[str]:
        """Yield the names of the access policies of the platform that apply in the namespace of the request."""
        principal = self._principal(call.place.account)
        for one in self.installed:
            if not isinstance(one, AccessPolicy) or (one.place, one.principal) != (call.place, principal):
                continue
            is_here = bool(call.namespace) and any(fnmatchcase(call.namespace, pattern) for pattern in one.namespaces)
            if not one.namespaces or is_here:
                yield one.policy.rpartition("/")[2]

    def _principal(self, account: str) -> str:
        here = next(one for one in self.grant.accounts if one.id == account)
        platform = self.grant.platform
        name = platform.access_role(here.id) if self.grant.identity is Identity.TRUST_ROLE else platform.user_name
        kind = "role" if self.grant.identity is Identity.TRUST_ROLE else "user"
        return f"arn:{here.partition}:iam::{here.id}:{kind}/{name}"


def _weaker(is_allowed: bool, evidence: Evidence) -> ProbeAnswer:
    verdict = ProbeVerdict.ALLOWED if is_allowed else ProbeVerdict.DENIED
    return ProbeAnswer(verdict, evidence.value, evidence=evidence)


def _generated(principal: str) -> str:
    """Return the username that EKS generates for an entry: of a role, that of its session."""
    head, _, name = principal.rpartition("/")
    if ":role" not in head:
        return principal
    return f"{head.replace(':iam::', ':sts::').replace(':role', ':assumed-role')}/{name}/{_SESSION}"
