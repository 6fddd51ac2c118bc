"""Looking beside the grant's objects in AWS: `ports.looking`, with AWS's errors in leastway's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from leastway import ports
from leastway.aws.errors import aws_errors
from leastway.estate import Place, Sighting, Way

__all__ = ["looked"]


def looked(place: Place, way: Way, name: str, look: Callable[[], Iterable[Sighting]]) -> list[Sighting]:
    """Return what `look` sees, or that nobody knows about `name`, and why."""

    def asked() -> list[Sighting]:
        with aws_errors(str(place)):
            return list(look())

    return ports.looked(place, way, name, asked)
