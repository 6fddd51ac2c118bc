"""Matching criteria: when a resource definition is used.

A criterion matches when all that it names match; `class` filters, and an empty criterion matches everything of the
default class. Of several that match, the one with `res_id` comes first, then `env_id`, `app_id` and `env_type`. The
platform refuses a second definition of the same type with the same criterion (409), and a definition without any is
never used.
Source: Humanitec's documentation, "Resource Definitions", "Matching Criteria"; its API,
`resources/defs/{defId}/criteria`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Criterion"]

_DEFAULT_CLASS = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion; what is empty is not named. Two that are equal match the same."""

    app_id: str = ""
    env_id: str = ""
    env_type: str = ""
    res_id: str = ""
    resource_class: str = _DEFAULT_CLASS

    @classmethod
    def parse(cls, words: Mapping[str, str | None]) -> Criterion:
        """Read a criterion in the platform's own words; an absent one, an empty one and None mean the same."""
        named = {word: words.get(word) or "" for word in ("app_id", "env_id", "env_type", "res_id")}
        return cls(**named, resource_class=words.get("class") or _DEFAULT_CLASS)

    def render(self) -> dict[str, str]:
        """Return what is named, in the platform's own words; the default class is left out."""
        words = {"app_id": self.app_id, "env_id": self.env_id, "env_type": self.env_type, "res_id": self.res_id}
        found = {word: value for word, value in words.items() if value}
        return found if self.resource_class == _DEFAULT_CLASS else {**found, "class": self.resource_class}
