"""The EKS of one cluster, as a `Site`.

EKS throttles by account, so only a few calls run in one account at a time (`turn`). Entries are read if the grant asks
for them, or if their principal belongs to this account and its name begins with one of the platform's names: a cluster
may have thousands of entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from leastway.aws.eks.access_entry import AccessEntries
from leastway.aws.eks.access_policy import AccessPolicies
from leastway.aws.eks.discovery import cluster_facts, describe_cluster
from leastway.aws.eks.paging import every
from leastway.aws.eks.surroundings import entry_sighting, pod_identities
from leastway.aws.eks.tag import Tags, observed_tag
from leastway.aws.errors import aws_errors, check_named
from leastway.aws.observing import ObservationBuilder, find_sightings
from leastway.aws.tags import marked_keys, owner_of
from leastway.errors import InvalidInputError
from leastway.estate import (
    AccessEntry,
    AccessPolicy,
    ClusterFacts,
    ClusterTag,
    EstateObject,
    Kind,
    Mark,
    NodegroupTag,
    Observed,
    OtherAccess,
    Place,
    Sighting,
    Watch,
    Way,
    Weight,
    weight_of,
)
from leastway.ports import Observation
from leastway.primitives import Arn

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["EksSite"]


class EksSite:
    """EKS in one cluster; `names` are the prefixes of the platform's own names.

    `facts` holds the facts that discovery has just read: the first observation does not read them again.
    """

    def __init__(
        self,
        eks: EKSClient,
        place: Place,
        names: Iterable[str],
        turn: AbstractContextManager[Any],
        facts: ClusterFacts | None = None,
    ) -> None:
        self._eks = eks
        self._place = place
        self._facts = facts
        self._prefixes = tuple(name.lower() for name in names)
        self._turn = turn
        self._entries = AccessEntries(eks, place)
        self._policies = AccessPolicies(eks, place, self._entries)
        self._others: list[Observed] = []
        self._listed: list[str] = []
        tags = Tags(eks, place)
        self._kinds: Mapping[Kind, Any] = {
            Kind.CLUSTER_TAG: tags,
            Kind.NODEGROUP_TAG: tags,
            Kind.ACCESS_ENTRY: self._entries,
            Kind.ACCESS_POLICY: self._policies,
        }

    def observe(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the desired objects and those with the mark of `grant`."""
        reading = ObservationBuilder({candidate.address for candidate in wanted}, grant)
        self._others, self._listed = [], []
        with self._turn, aws_errors(str(self._place)):
            facts, self._facts = self._facts or cluster_facts(self._eks, self._place), None
            self._read_tags(reading, wanted, dict(facts.tags))
            for nodegroup in facts.nodegroups:
                self._read_nodegroup(reading, wanted, nodegroup)
            if facts.mode.has_entries:
                self._read_entries(reading, wanted)
        return reading.done()

    def other_access(self, watch: Watch, seen: Observation) -> OtherAccess:
        """Find other access: entries of watched principals, and associations that give the grant's roles to pods."""
        others = {one.object.principal: one for one in self._others if isinstance(one.object, AccessEntry)}
        asked = {address.name for address in seen.objects if address.kind is Kind.ACCESS_ENTRY}
        found: list[Sighting] = []
        with self._turn:
            for principal in self._listed:
                weight = weight_of(watch, principal, self._place.account)
                if principal not in asked and weight is not None:
                    look = partial(self._other_entry, principal, others.get(principal), weight)
                    found += find_sightings(self._place, Way.ACCESS_ENTRY, principal, look)
            found += pod_identities(self._eks, self._place, watch)
        return OtherAccess(tuple(found))

    def read(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read the desired objects by name, without listing."""
        reading = ObservationBuilder({candidate.address for candidate in wanted}, grant)
        with self._turn, aws_errors(str(self._place)):
            if any(isinstance(candidate, ClusterTag) for candidate in wanted):
                self._read_tags(reading, wanted, describe_cluster(self._eks, self._place).get("tags", {}))
            for nodegroup in sorted({tag.nodegroup for tag in wanted if isinstance(tag, NodegroupTag)}):
                self._read_nodegroup(reading, wanted, nodegroup)
            policies = {one.principal for one in wanted if isinstance(one, AccessPolicy)}
            for principal in sorted({one.principal for one in wanted if isinstance(one, AccessEntry)} | policies):
                self._read_entry(reading, principal, with_policies=principal in policies)
        return reading.done()

    def create(self, wanted: EstateObject, mark: Mark) -> None:
        """Create the object with its mark."""
        with self._turn, aws_errors(str(wanted.address)):
            self._kinds[wanted.kind].create(wanted, mark)

    def update(self, live: Observed, wanted: EstateObject, mark: Mark) -> None:
        """Change what differs, in place."""
        with self._turn, aws_errors(str(wanted.address)):
            self._kinds[wanted.kind].update(live.object, wanted, live.mark, mark)

    def delete(self, live: Observed) -> None:
        """Delete the object."""
        with self._turn, aws_errors(str(live.object.address)):
            self._kinds[live.object.kind].delete(live.object, live.mark)

    def _read_tags(self, reading: ObservationBuilder, wanted: Sequence[EstateObject], tags: Mapping[str, str]) -> None:
        asked = {tag.key: tag.address for tag in wanted if isinstance(tag, ClusterTag)}
        reading.host(asked.values(), owner_of(tags))
        keys = asked.keys() | marked_keys(tags)
        for key in sorted(keys):
            if observed := observed_tag(ClusterTag(self._place, key, ""), tags):
                reading.found(observed)

    def _read_nodegroup(self, reading: ObservationBuilder, wanted: Sequence[EstateObject], name: str) -> None:
        try:
            answer = self._eks.describe_nodegroup(clusterName=self._place.cluster, nodegroupName=name)
        except self._eks.exceptions.ResourceNotFoundException:  # deleted a moment ago
            return
        check_named(name, answer["nodegroup"]["nodegroupName"])
        tags = answer["nodegroup"].get("tags", {})
        asked = {tag.key: tag.address for tag in wanted if isinstance(tag, NodegroupTag) and tag.nodegroup == name}
        reading.host(asked.values(), owner_of(tags))
        for key in sorted(asked.keys() | marked_keys(tags)):
            if observed := observed_tag(NodegroupTag(self._place, name, key, ""), tags):
                reading.found(observed)

    def _read_entries(self, reading: ObservationBuilder, wanted: Sequence[EstateObject]) -> None:
        asked = {one.principal for one in wanted if isinstance(one, AccessEntry | AccessPolicy)}
        self._listed = list(every(self._eks, "list_access_entries", "accessEntries", clusterName=self._place.cluster))
        for principal in self._listed:
            if principal not in asked and not self._is_like_the_platforms(principal):
                continue
            self._read_entry(reading, principal, with_policies=principal in asked)

    def _read_entry(self, reading: ObservationBuilder, principal: str, *, with_policies: bool) -> None:
        head = self._entries.head(principal)
        if head is None:  # it does not exist, or was deleted a moment ago
            return
        entry = self._entries.observed(head)
        reading.found(entry)
        if not reading.concerns(entry.object.address, entry.mark):
            self._others.append(entry)
        if with_policies or reading.is_marked(entry.mark):
            for policy in self._policies.of(principal):
                reading.more(Observed(policy, entry.mark, entry.owner))

    def _other_entry(self, principal: str, read: Observed | None, weight: Weight) -> list[Sighting]:
        """Return the sighting for an entry that is not part of the grant. A mark changes nothing: anyone can set it."""
        if read is None:
            head = self._entries.head(principal)
            read = self._entries.observed(head) if head is not None else None
        if read is None or not isinstance(read.object, AccessEntry):
            return []
        sighting = entry_sighting(read.object, self._policies.of(principal), weight)
        if read.mark is None:
            return [sighting]
        return [replace(sighting, text=f"{sighting.text}, and it carries the mark of grant {read.mark.grant!r}")]

    def _is_like_the_platforms(self, principal: str) -> bool:
        try:
            arn = Arn.parse(principal)
        except InvalidInputError:
            return False
        return arn.account == self._place.account and arn.name.lower().startswith(self._prefixes)
