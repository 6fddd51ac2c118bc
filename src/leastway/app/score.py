"""`leastway score`: what a Score file becomes, as the delta of a deployment set or as objects of Kubernetes.

Nothing is deployed and no server is asked, so placeholders stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.export.yaml_text import yaml_text
from leastway.grant.problem import GrantError
from leastway.grant.source import GrantFile, read_tree
from leastway.registry import Delta
from leastway.source import plain
from leastway.workloads import Manifest, Place, objects_of, read_score, read_workload

__all__ = ["DeployTarget", "delta_of_file", "manifests_of_file"]

_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class DeployTarget:
    """The application and environment that the objects are labelled for, and their namespace."""

    application: str
    environment: str
    namespace: str


def delta_of_file(path: Path) -> Delta:
    """Return the delta that adds the workload of a Score file. Errors: InvalidInputError at the member."""
    tree, problems = read_tree(GrantFile.read(path, limit=_LARGEST))
    if tree is None or problems:
        raise GrantError(path, problems)
    try:
        return read_score(plain(tree.root))
    except InvalidInputError as error:
        raise InvalidInputError(error.what, where=f"{path}: {error.where}", fix=error.fix) from error


def manifests_of_file(path: Path, target: DeployTarget) -> str:
    """Return the objects of the workload of a Score file as YAML. Errors: InvalidInputError at the member."""
    return "---\n".join(map(yaml_text, _objects(path, target))).rstrip("\n")


def _objects(path: Path, target: DeployTarget) -> tuple[Manifest, ...]:
    delta = delta_of_file(path)
    resources: dict[str, Mapping[str, Any]] = {f"shared.{step.path[0]}": step.value for step in delta.shared}
    found: list[Manifest] = []
    for name, module in delta.add.items():
        spec = module["spec"] if module is not None else {}
        externals = module["externals"] if module is not None else {}
        resources |= {f"externals.{key}": each for key, each in externals.items()}
        place = Place(
            target.application,
            target.environment,
            target.namespace,
            volumes={key: _volume(key) for key, each in resources.items() if each["type"] == "volume"},
            hosts={},
        )
        try:
            found += objects_of(read_workload(name, spec), place)
        except InvalidInputError as error:
            raise InvalidInputError(error.what, where=f"{path}: {error.where}", fix=error.fix) from error
    return tuple(found)


def _volume(identifier: str) -> Manifest:
    """Return a volume whose claim only the deployment knows."""
    return {"persistentVolumeClaim": {"claimName": f"${{{identifier}.claimName}}"}}
