"""What a supervisor is given at its start, and what it is ordered to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leastway.gateway.control import to_wire
from leastway.gateway.proxy.upstream import Outside
from leastway.isolation import Host, Sandbox
from leastway.primitives import Secret

__all__ = ["Command", "SupervisorStart", "start_line"]


@dataclass(frozen=True, slots=True)
class SupervisorStart:
    """Where to report, as which run, with which token; how this machine isolates, and the way to AWS."""

    control: Path
    run: str
    token: Secret
    host: Host
    outside: Outside = field(default_factory=Outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a run. `name` is unique in it.

    The first port of its sandbox is the proxy's, the second the state's. `credential_environment` maps variables to
    fields of the run's keys (AccessKeyId, SecretAccessKey, SessionToken); in `credential_files`, files of the sandbox,
    `@FIELD@` is replaced. With `is_captured`, standard output returns with the end and is not printed.
    """

    name: str
    phase: str
    sandbox: Sandbox
    credential_environment: Mapping[str, str] = field(default_factory=dict)
    credential_files: tuple[str, ...] = ()
    is_captured: bool = False


def start_line(start: SupervisorStart) -> bytes:
    """Return the line for the supervisor's standard input. It contains the token: it is for that pipe alone."""
    return json.dumps(to_wire(start)).encode() + b"\n"
