"""Matching criteria: when a resource definition is used.

A criterion matches if all its fields match; an empty criterion matches everything of the default class. If several
match, one with `res_id` is preferred, then `env_id`, `app_id` and `env_type`. The platform refuses a second definition
with the same type and criterion (409), and never uses a definition without criteria.
Source: Humanitec's documentation, "Resource Definitions", "Matching Criteria"; its API,
`resources/defs/{defId}/criteria`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leastway.registry.resource_type import DEFAULT_CLASS

__all__ = ["Criterion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion; an empty field is not a condition. Equal criteria match the same."""

    app_id: str = ""
    env_id: str = ""
    env_type: str = ""
    res_id: str = ""
    resource_class: str = DEFAULT_CLASS

    @classmethod
    def parse(cls, words: Mapping[str, str | None]) -> Criterion:
        """Read a criterion with the platform's field names; absent, empty and None mean the same."""
        named = {word: words.get(word) or "" for word in ("app_id", "env_id", "env_type", "res_id")}
        return cls(**named, resource_class=words.get("class") or DEFAULT_CLASS)

    def render(self) -> dict[str, str]:
        """Return the conditions with the platform's field names, without the default class."""
        words = {"app_id": self.app_id, "env_id": self.env_id, "env_type": self.env_type, "res_id": self.res_id}
        found = {word: value for word, value in words.items() if value}
        return found if self.resource_class == DEFAULT_CLASS else {**found, "class": self.resource_class}
