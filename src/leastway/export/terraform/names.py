"""What resources and providers are called in a module: the names of the things, in Terraform's letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leastway.estate import EstateObject, Place
from leastway.export.hcl import Expression, label_of

__all__ = ["Names", "kubernetes_provider", "labels_within", "region_alias"]


class Names:
    """Labels of one account's resources: each object's own, the same for the same objects."""

    def __init__(self, objects: Iterable[EstateObject], home: str) -> None:
        self.home = home
        self._labels: dict[str, str] = {}
        taken: set[tuple[str, str]] = set()
        for each in objects:
            base = label_of(each.address.name if not each.address.place.cluster else _within(each))
            label, number = base, 1
            while (each.kind.value, label) in taken:
                number += 1
                label = f"{base}_{number}"
            taken.add((each.kind.value, label))
            self._labels[str(each.address)] = label

    def label(self, each: EstateObject) -> str:
        """Return an object's label."""
        return self._labels[str(each.address)]

    def aws_provider(self, place: Place) -> Expression | None:
        """Return the AWS provider of a cluster's region; None for the module's own."""
        return None if place.region == self.home else Expression(f"aws.{region_alias(place.region)}")


def labels_within(label: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each of the names of what belongs to the resource `label`, with a label of its own for it."""
    taken: dict[str, int] = {}
    for name in names:
        base = f"{label}__{label_of(name.rpartition('/')[2])}"  # two signs: no label of its own has them
        taken[base] = taken.get(base, 0) + 1
        yield name, base if taken[base] == 1 else f"{base}__{taken[base]}"


def region_alias(region: str) -> str:
    """Return the alias of a region's AWS provider."""
    return label_of(region)


def kubernetes_provider(place: Place) -> str:
    """Return the alias of a cluster's Kubernetes provider, and the label of the data that it is configured from."""
    return label_of(f"{place.region} {place.cluster}")


def _within(each: EstateObject) -> str:
    """Return a name for what is inside of a cluster: the cluster, then the last part of the object's own name."""
    place, name = each.address.place, each.address.name
    own = name.rpartition(":")[2]  # of an ARN, what follows the account
    return f"{place.region} {place.cluster} {own}"
