"""How runs work on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastway.isolation import HostUser, PodPlace
from leastway.terraform import PROVIDERS

__all__ = ["RunSettings"]

_MOST: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Settings of runs.

    `folder` is for the runs of this server alone. `tools` is a folder with the programs `tofu` or `terraform`, by
    default those of PATH; it may contain a filesystem mirror of providers, `providers`, and other programs for modules.
    Modules also see `paths`. `source_hosts` are hosts of sources that may have a private address, `source_ca` has the
    certificates for them. `private_networks` are address blocks in which endpoints of AWS may be. `most` runs work at
    the same time. `grace` is how many seconds an interrupted run has until it is interrupted again, and once more until
    it is killed. `user` is the user of the sandboxes of a server that is root, `control_group` a delegated control
    group for them. With a `place`, runs work in pods there; `unsafe_reason` says why they work without isolation.
    `endpoint` is a URL on loopback that stands for all of AWS, in a rehearsal, and `endpoint_ca` is the PEM of
    its CA if it is https; requests to it claim to come from `pretended_address`. A process that `is_idle` carries out
    no run.
    """

    folder: Path
    tools: Path | None = None
    paths: tuple[Path, ...] = ()
    source_hosts: tuple[str, ...] = ()
    source_ca: Path | None = None
    private_networks: tuple[str, ...] = ()
    most: int = _MOST
    user: HostUser | None = None
    control_group: Path | None = None
    unsafe_reason: str | None = None
    place: PodPlace | None = None
    grace: float = 300.0
    endpoint: str | None = None
    endpoint_ca: str | None = None
    pretended_address: str | None = None
    is_idle: bool = False

    @property
    def mirror(self) -> Path | None:
        """The filesystem mirror of providers, if there is one."""
        mirror = None if self.tools is None else self.tools / PROVIDERS
        return mirror if mirror is not None and mirror.is_dir() else None
