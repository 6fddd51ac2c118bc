"""A resource definition as it is meant: what the platform makes with Terraform under one role.

The words are Humanitec's ("Resource Definitions", "Terraform driver"): a definition matches when all that one of its
criteria names match.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Criterion", "Definition", "GitCredential", "GitSource", "KeyVariables"]


class GitCredential(enum.StrEnum):
    """What a private repository asks for; the value is never in a file."""

    NONE = "none"
    SSH_KEY = "ssh_key"
    PASSWORD = "password"  # noqa: S105 - the word of the driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """When a definition is used: all that is named here must match. An empty one always does."""

    app_id: str = ""
    env_id: str = ""
    env_type: str = ""
    res_id: str = ""
    resource_class: str = "default"

    def named(self) -> dict[str, str]:
        """Return what is named, under the platform's own words; the default class is left out."""
        words = {"app_id": self.app_id, "env_id": self.env_id, "env_type": self.env_type, "res_id": self.res_id}
        found = {word: value for word, value in words.items() if value}
        return found if self.resource_class == "default" else {**found, "class": self.resource_class}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """Where a Terraform module is: `path` is a folder of the repository, empty for its root."""

    url: str
    rev: str
    path: str = ""
    username: str = ""
    credential: GitCredential = GitCredential.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVariables:
    """The module's own variables that take long-term keys, and what it needs to assume the role itself."""

    access_key: str
    secret_key: str
    role_arn: str
    session_name: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One resource definition of the driver `humanitec/terraform`.

    Without `keys`, the platform assumes the role and hands its temporary credentials to the run; with them, the module
    is handed long-term keys. `variables` may hold the platform's placeholders.
    """

    path: Path
    id: str
    name: str
    type: str
    source: GitSource
    variables: Mapping[str, Any]
    criteria: tuple[Criterion, ...] = ()
    keys: KeyVariables | None = None
