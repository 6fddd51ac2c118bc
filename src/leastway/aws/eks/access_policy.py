"""Access policies associated with an entry. An association has no tags: its entry's mark and owner count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.aws.eks.paging import every
from leastway.aws.errors import already_gone, made_moments_ago, unreadable
from leastway.aws.tags import mark_of
from leastway.errors import LeastwayError
from leastway.estate import AccessPolicy, Mark, Place
from leastway.ports import AlreadyThereError, NotThereYetError

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_eks.type_defs import AccessScopeTypeDef

    from leastway.aws.eks.access_entry import AccessEntries

__all__ = ["AccessPolicies"]


class AccessPolicies:
    """The associations of one cluster."""

    def __init__(self, eks: EKSClient, place: Place, entries: AccessEntries) -> None:
        self._eks = eks
        self._place = place
        self._entries = entries

    def of(self, principal: str) -> list[AccessPolicy]:
        """Return the policies associated with the principal's entry."""
        found = every(
            self._eks,
            "list_associated_access_policies",
            "associatedAccessPolicies",
            clusterName=self._place.cluster,
            principalArn=principal,
        )
        return [
            AccessPolicy(self._place, principal, one["policyArn"], _namespaces(one["accessScope"])) for one in found
        ]

    def create(self, wanted: AccessPolicy, mark: Mark) -> None:
        """Associate the policy with an entry that has the same mark."""
        entry = self._entries.head(wanted.principal)
        if entry is None:
            raise NotThereYetError(f"{wanted.principal} has no access entry", where=str(wanted.address))
        found = mark_of(entry.get("tags", {}))
        if found is None or found.grant != mark.grant:
            raise LeastwayError(
                "its access entry does not belong to this grant, and an association has no mark of its own",
                where=str(wanted.address),
                fix="associate the policy where the entry is managed, or run with --adopt to take the entry over",
            )
        with made_moments_ago("the access entry", where=str(wanted.address)):
            if wanted.address in {one.address for one in self.of(wanted.principal)}:
                raise AlreadyThereError("it is already associated", where=str(wanted.address), fix="plan again")
            self._associate(wanted)

    def update(self, live: AccessPolicy, wanted: AccessPolicy, old: Mark | None, mark: Mark) -> None:
        """Change the scope."""
        if live.namespaces != wanted.namespaces:
            self._associate(wanted)

    def delete(self, live: AccessPolicy, mark: Mark | None) -> None:
        """Remove the association, unless the mark of its entry has changed."""
        entry = self._entries.head(live.principal)
        if entry is None:
            return
        found = mark_of(entry.get("tags", {}))
        if found is None or mark is None or found.grant != mark.grant:
            raise LeastwayError(
                "the mark of its entry has changed since the plan",
                where=str(live.address),
                fix="plan again",
            )
        with already_gone():
            self._eks.disassociate_access_policy(
                clusterName=self._place.cluster, principalArn=live.principal, policyArn=live.policy
            )

    def _associate(self, wanted: AccessPolicy) -> None:
        scope: AccessScopeTypeDef = {"type": "cluster"}
        if wanted.namespaces:
            scope = {"type": "namespace", "namespaces": sorted(wanted.namespaces)}
        self._eks.associate_access_policy(
            clusterName=self._place.cluster,
            principalArn=wanted.principal,
            policyArn=wanted.policy,
            accessScope=scope,
        )


def _namespaces(scope: AccessScopeTypeDef) -> frozenset[str]:
    """Return the namespaces of a scope, empty for the whole cluster; an inconsistent scope is an error."""
    namespaces = frozenset(scope.get("namespaces") or ())
    if scope.get("type") != ("namespace" if namespaces else "cluster"):
        raise unreadable(f"the scope of an access policy cannot be read: {scope}")
    return namespaces
