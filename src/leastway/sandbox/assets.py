"""Finding kube-apiserver and etcd in the folder that KUBEBUILDER_ASSETS names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leastway.errors import LeastwayError

__all__ = ["MOST_CLUSTERS", "VARIABLE", "Assets", "find_assets"]

VARIABLE = "KUBEBUILDER_ASSETS"

MOST_CLUSTERS = 16
"""Most real clusters of a sandbox: each takes 300 MiB, and seconds of CPU time to start."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The paths of the two programs."""

    kube_apiserver: Path
    etcd: Path


def find_assets(environment: Mapping[str, str] = os.environ) -> Assets | None:
    """Return the programs in the folder that KUBEBUILDER_ASSETS names, or None if it is not set.

    LeastwayError if the folder lacks one of them.
    """
    folder = environment.get(VARIABLE, "")
    if not folder:
        return None
    assets = Assets(Path(folder, "kube-apiserver").absolute(), Path(folder, "etcd").absolute())
    for program in (assets.kube_apiserver, assets.etcd):
        if not os.access(program, os.X_OK):
            raise LeastwayError(
                f"{program.name} does not exist", where=folder, fix=f"run `make kube-assets`, or unset {VARIABLE}"
            )
    return assets
