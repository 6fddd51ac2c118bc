"""The files and folders that leastway uses on this machine.

`LEASTWAY_STATE` names the state folder (default: `leastway` in XDG_STATE_HOME, whose default is `~/.local/state`);
`LEASTWAY_STORE` names a file or a database URL for the store (default: `leastway.db` in the state folder).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The state folder and the store; nothing here is secret."""

    state: Path
    store: str | Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from environment variables."""
        env = os.environ if environment is None else environment
        base = env.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        state = Path(env.get("LEASTWAY_STATE") or Path(base) / "leastway")
        return cls(state, env.get("LEASTWAY_STORE") or state / "leastway.db")

    @property
    def keys(self) -> Path:
        """The folder of first access keys."""
        return self.state / "keys"

    @property
    def backups(self) -> Path:
        """The folder of backups of what leastway edits."""
        return self.state / "backups"

    @property
    def evidence(self) -> Path:
        """The folder of evidence files."""
        return self.state / "evidence"
