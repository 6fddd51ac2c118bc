"""The embedded AWS for the authenticator of a cluster: ministack's records, and its STS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from leastway.ports import CallerIdentity
from leastway.sandbox.eks_auth import EksAccessEntry, PresignedCall
from leastway.sandbox.gaps.access_entries import UNIQUE_ID
from leastway.sandbox.gaps.partitions import partition_of, swapped
from leastway.sandbox.http1 import HttpRequest
from leastway.sandbox.kube import AccessPolicyGrant
from leastway.sandbox.process.clusters import KUBERNETES
from leastway.sandbox.process.engine import call_ministack, eks
from leastway.sandbox.scenario import Mode

__all__ = ["Directory"]

_MEMBER = re.compile(rb"<(Account|Arn|UserId)>([^<]*)<")


class Directory:
    """The view of one cluster, named by account, region, name and id. A deleted cluster admits nobody."""

    def __init__(self, account: str, region: str, name: str, identity: str) -> None:
        self._scope = account, region
        self._partition = partition_of(account)
        self._name = name
        self._identity = identity

    def access(self) -> tuple[Mode, Sequence[EksAccessEntry]]:
        """Return the current mode and access entries; a deleted cluster is like one in mode API without entries."""
        record = eks("_clusters").get_scoped(*self._scope, self._name)
        if not record or record.get(KUBERNETES, {}).get("id") != self._identity:
            return "API", ()
        entries = eks("_access_entries").values_scoped(*self._scope)
        own = [self._entry(entry) for entry in entries if entry["clusterName"] == self._name]
        return record["accessConfig"]["authenticationMode"], own

    def _entry(self, entry: dict[str, Any]) -> EksAccessEntry:
        prefix = f"{self._name}\0{entry['principalArn']}\0"
        associations = eks("_access_policies").items_scoped(*self._scope)
        policies = tuple(
            AccessPolicyGrant(
                known["policyArn"], known["accessScope"]["type"], tuple(known["accessScope"]["namespaces"])
            )
            for key, known in associations
            if key.startswith(prefix)
        )
        principal, username = (swapped(self._partition, entry[name]) for name in ("principalArn", "username"))
        return EksAccessEntry(principal, entry[UNIQUE_ID], username, tuple(entry["kubernetesGroups"]), policies)

    async def caller_identity(self, call: PresignedCall) -> CallerIdentity | None:
        """Send the presigned call directly to ministack's STS, without the gateway: it is not a customer's call."""
        headers = [(name.encode(), value.encode()) for name, value in {"host": call.host, **call.headers}.items()]
        answer = await call_ministack(HttpRequest("GET", call.target, headers), "127.0.0.1")
        if answer.status != 200:
            return None
        members = {name.decode(): value.decode() for name, value in _MEMBER.findall(answer.body)}
        return CallerIdentity(members["Account"], members["Arn"], members["UserId"])
