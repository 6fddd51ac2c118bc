"""Whose an object is: the environment that deployed it, by its labels.

Objects that were deployed before they had the label of an organization have only those of the application and the
environment, which another organization may also have. Such an object is an environment's if its record has the uid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from leastway.kube.connection import Json
from leastway.workloads import LABELS, ORGANIZATION, Manifest

__all__ = ["Owner", "is_of", "owner_of"]


@dataclass(frozen=True, slots=True)
class Owner:
    """An environment of an application. `organization` is empty if the labels do not say it."""

    organization: str
    application: str
    environment: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels that objects have had from the first version on, and that their pods have."""
        return dict(zip(LABELS, (self.application, self.environment), strict=False))


def owner_of(manifest: Json | Manifest) -> Owner | None:
    """Return whose an object is by its labels, or None if they do not say it."""
    labels = manifest["metadata"].get("labels") or {}
    application, environment, _ = (labels.get(each) for each in LABELS)
    if application is None or environment is None:
        return None
    return Owner(labels.get(ORGANIZATION, ""), application, environment)


def is_of(live: Json, owner: Owner, uid: str | None) -> bool:
    """Return whether an object is an environment's, whose record has the `uid` for it, or None."""
    found = owner_of(live)
    return found == owner or (found == replace(owner, organization="") and live["metadata"]["uid"] == uid)
