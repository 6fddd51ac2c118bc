"""Looking for other access: what cannot be read is reported with its reason, and does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from leastway.errors import LeastwayError, in_words
from leastway.estate import Place, Sighting, Way, Weight

__all__ = ["find_sightings", "unknown_sighting"]


def find_sightings(place: Place, way: Way, name: str, look: Callable[[], Iterable[Sighting]]) -> list[Sighting]:
    """Return what `look` finds; if it fails, a sighting that `name` is unknown, with the reason."""
    try:
        return list(look())
    except LeastwayError as error:
        return [unknown_sighting(place, way, name, error)]


def unknown_sighting(place: Place, way: Way, name: str, error: Exception) -> Sighting:
    """Return a sighting that `name` is unknown, with the reason."""
    reason, fix = in_words(error)
    text = f"not checked: {reason.removeprefix(f'{place}: ')}"
    return Sighting(place, way, name, text, Weight.UNKNOWN, fix)
