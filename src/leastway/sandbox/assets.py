"""Where kube-apiserver and etcd are: in the folder that KUBEBUILDER_ASSETS names, or nowhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leastway.errors import LeastwayError

__all__ = ["MOST_CLUSTERS", "VARIABLE", "Assets", "find_assets"]

VARIABLE = "KUBEBUILDER_ASSETS"

MOST_CLUSTERS = 16
"""How many real clusters a sandbox may have: each takes 300 MiB, and some seconds of a processor to start."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The two programs."""

    kube_apiserver: Path
    etcd: Path


def find_assets(environment: Mapping[str, str] = os.environ) -> Assets | None:
    """Return the programs in the folder that KUBEBUILDER_ASSETS names, or None when it names none.

    A folder that lacks one of them is an error: it was meant to be used.
    """
    folder = environment.get(VARIABLE, "")
    if not folder:
        return None
    assets = Assets(Path(folder, "kube-apiserver").absolute(), Path(folder, "etcd").absolute())
    for program in (assets.kube_apiserver, assets.etcd):
        if not os.access(program, os.X_OK):
            raise LeastwayError(
                f"{program.name} is not there", where=folder, fix=f"make kube-assets, or unset {VARIABLE}"
            )
    return assets
