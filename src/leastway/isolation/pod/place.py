"""Where the pods of sandboxes are: the cluster, the namespace, the image and the runtime class."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.primitives import Secret

__all__ = ["ClusterAccess", "PodPlace"]

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CLASS = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_IMAGE = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAccess:
    """How the API server is reached: its https URL, the base64 of its CA's PEM, and a bearer token or a file with one.

    A file is read again when the token is needed, because a cluster replaces it while pods run.
    """

    endpoint: str
    authority: str
    token: Secret | None = None
    token_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PodPlace:
    """Where the pods of sandboxes are.

    `image` is named by its digest. Of the paths that a sandbox sees, those below `folder` are sent to its pod; all
    others must be in the image. `start_within` is in seconds: a node may have to be made for the pod first. Raises
    InvalidInputError for what Kubernetes would refuse, or an image that another could replace.
    """

    cluster: ClusterAccess
    namespace: str
    image: str
    folder: Path
    runtime_class: str | None = None
    start_within: float = 300.0

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.namespace) is None:
            raise InvalidInputError(f"{self.namespace!r} cannot be the name of a namespace")
        if _IMAGE.fullmatch(self.image) is None:
            raise InvalidInputError(
                "the image of runs must be named by its digest", where=self.image, fix="write NAME@sha256:DIGEST"
            )
        if self.runtime_class is not None and _CLASS.fullmatch(self.runtime_class) is None:
            raise InvalidInputError(f"{self.runtime_class!r} cannot be the name of a runtime class")
