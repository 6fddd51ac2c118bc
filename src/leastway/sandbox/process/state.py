"""Snapshots: all state of the embedded AWS, saved and restored within milliseconds.

IAM, STS, EKS and the clusters' Kubernetes are covered. `restore` empties every other service of ministack: what a test
created in S3, for example, is deleted.
"""

from __future__ import annotations

import pickle
import uuid
from collections.abc import MutableMapping
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.gaps.partitions import PARTITIONS
from leastway.sandbox.process.clusters import ClusterServers
from leastway.sandbox.process.engine import iam, require

__all__ = ["SandboxState"]

_MODULES = ("iam", "sts", "eks")


class SandboxState:
    """The state of the embedded AWS, and its snapshots; the first one, named by an empty string, is of the start."""

    def __init__(self, clusters: ClusterServers) -> None:
        self._clusters = clusters
        scoped = (
            require("core.responses", "AccountScopedDict"),
            require("core.responses", "AccountRegionScopedDict"),
        )
        self._stores: dict[str, MutableMapping[Any, Any]] = {
            "sts._sessions": require("services.sts", "_sessions"),
            "iam._aws_managed_policies": iam("_aws_managed_policies"),
            "partitions": PARTITIONS,
        }
        for module in _MODULES:
            for name, store in vars(require("services", module)).items():
                if isinstance(store, scoped):
                    self._stores[f"{module}.{name}"] = store._data  # the flat dictionary inside
        self._snapshots: dict[str, tuple[bytes, Any]] = {"": (self._saved(), {})}

    def _saved(self) -> bytes:
        return pickle.dumps({name: dict(store) for name, store in self._stores.items()})

    async def snapshot(self) -> str:
        """Save the state; return its name for `restore`."""
        name = str(uuid.uuid4())
        self._snapshots[name] = (self._saved(), await self._clusters.snapshot())
        return name

    async def restore(self, name: str) -> None:
        """Restore the state of a snapshot; the snapshot is kept."""
        if name not in self._snapshots:
            raise LeastwayError(f"snapshot {name} does not exist")
        stores, clusters = self._snapshots[name]
        for other, module in require("app", "_loaded_modules").items():
            if other not in _MODULES and hasattr(module, "reset"):
                module.reset()
        for store, data in pickle.loads(stores).items():  # noqa: S301  # written by this process
            self._stores[store].clear()
            self._stores[store].update(data)
        await self._clusters.restore(clusters)
