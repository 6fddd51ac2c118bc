"""The labels of resources and providers in a module: object names as Terraform identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leastway.estate import EstateObject, Place
from leastway.export.hcl import Expression, label_of

__all__ = ["Names", "kubernetes_provider", "labels_within", "region_alias"]


class Names:
    """The labels of one account's resources: unique, and the same for the same objects."""

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
        """Return the label of an object."""
        return self._labels[str(each.address)]

    def aws_provider(self, place: Place) -> Expression | None:
        """Return the AWS provider of a cluster's region; None for the default provider."""
        return None if place.region == self.home else Expression(f"aws.{region_alias(place.region)}")


def labels_within(label: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name of the parts of the resource `label` with its own label."""
    taken: dict[str, int] = {}
    for name in names:
        base = f"{label}__{label_of(name.rpartition('/')[2])}"  # two underscores: no other label has them
        taken[base] = taken.get(base, 0) + 1
        yield name, base if taken[base] == 1 else f"{base}__{taken[base]}"


def region_alias(region: str) -> str:
    """Return the alias of the AWS provider of a region."""
    return label_of(region)


def kubernetes_provider(place: Place) -> str:
    """Return the alias of a cluster's Kubernetes provider, which is also the label of the cluster's data source."""
    return label_of(f"{place.region} {place.cluster}")


def _within(each: EstateObject) -> str:
    """Return a name for an object of a cluster: the cluster, then the last part of the object's own name."""
    place, name = each.address.place, each.address.name
    own = name.rpartition(":")[2]  # for an ARN, the part after the account
    return f"{place.region} {place.cluster} {own}"
