"""Looking beside the grant's objects: what cannot be looked at is said with its reason, and stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from leastway.errors import LeastwayError, in_words
from leastway.estate import Place, Sighting, Way, Weight

__all__ = ["looked", "not_looked_at"]


def looked(place: Place, way: Way, name: str, look: Callable[[], Iterable[Sighting]]) -> list[Sighting]:
    """Return what `look` sees; where it fails, that nobody knows about `name`, and why."""
    try:
        return list(look())
    except LeastwayError as error:
        return [not_looked_at(place, way, name, error)]


def not_looked_at(place: Place, way: Way, name: str, error: Exception) -> Sighting:
    """Return that nobody knows about `name`, and why."""
    reason, fix = in_words(error)
    text = f"not looked at: {reason.removeprefix(f'{place}: ')}"
    return Sighting(place, way, name, text, Weight.UNKNOWN, fix)
