"""What a resolution needs to know of a resource definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leastway.registry import CoProvision, Criterion
from leastway.resolve.values import UnknownValue

__all__ = ["ResolvableDefinition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvableDefinition:
    """One definition, in the version that a deployment would use.

    `secrets` are nested; a leaf is a Secret, or a HiddenText for a secret that is kept elsewhere. `criteria` have their
    ids as keys, `provision` has TYPE.CLASS#ID. `account` is the id of a cloud account, a placeholder, or empty.
    """

    id: str
    type: str
    driver: str
    version: str = ""
    account: str | UnknownValue = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    provision: Mapping[str, CoProvision] = field(default_factory=dict)
    in_place_driver_change: bool = False
