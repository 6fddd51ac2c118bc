"""The settings of a server: where it keeps its data, what this process does, and how runs work."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.grant import Profile
    from leastway.isolation import HostUser

__all__ = ["DEFAULT_PLATFORM", "RunPods", "ServerRole", "ServerSettings"]

DEFAULT_PLATFORM = "humanitec"


class ServerRole(enum.Enum):
    """What a process does. On SQLite one process does all of it."""

    ALL = "all"
    API = "api"
    """Answers requests. It does not open the key that signs the audit logs: its entries wait for a signer."""
    SIGNER = "signer"
    """Gives entries their positions, signs the audit logs and copies them. It answers no request about accounts."""
    WORKER = "worker"
    """Carries out durable steps: runs, and what follows a new key. It answers no request about them."""

    @property
    def signs(self) -> bool:
        """Whether the process signs audit logs."""
        return self in (ServerRole.ALL, ServerRole.SIGNER)

    @property
    def serves(self) -> bool:
        """Whether the process serves the API, and not only its own health and metrics."""
        return self in (ServerRole.ALL, ServerRole.API)

    @property
    def works(self) -> bool:
        """Whether the process carries out durable steps."""
        return self is not ServerRole.SIGNER


@dataclass(frozen=True, slots=True)
class RunPods:
    """The pods in which runs work: their namespace, their image by digest, their runtime class.

    `kubeconfig` is a file; without one, the cluster is that of the server's own pod.
    """

    namespace: str
    image: str
    runtime_class: str | None = None
    kubeconfig: Path | None = None


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server keeps its data.

    `data` is a folder for the owner only; `database` a database URL, or None for `leastway.db` in that folder.
    `organization` is the id of the first organization, which a first start makes. `wrapping_key` is a file or
    `kms:ARN`, by default a file in the data folder; `other_wrapping_keys` open what they sealed before it. `platform`
    is a profile, the name of a bundled one, or the path of another. `region` is that of the server's AWS calls, by
    default the configured one; `outgoing_address` is the address from which they leave, if known, and `address_from`
    the URL of an echo service that can be asked for it; `pretended_address` is what a rehearsal claims at a loopback
    endpoint. `hosts` are names of this server, in addition to those of loopback, that requests for credentials may
    carry without TLS: those of a proxy that ends it. `audit_copy` is a folder, or `s3://BUCKET/PREFIX`, that gets a
    copy of the audit logs; `audit_witnesses` are witnesses that are asked to sign them, each a URL and a verifier key.
    `identity` is ORGANIZATION/ACCOUNT, whose key is the server's own identity on AWS; by default that is the ambient
    one. `checks_modules` if the repositories of definitions are fetched, in a sandbox, to check their modules.
    `run_folder` is where runs work, which the user of their sandboxes must reach; `run_tools` is a folder with their
    programs and providers, `run_paths` is what else modules see of this machine, `run_source_hosts` are hosts of
    sources that may be private, `run_source_ca` has the certificates for them; `run_private_networks` are address
    blocks in which runs find endpoints of AWS; `run_user` is the user of the sandboxes of a server that is root,
    `run_control_group` a delegated control group for them; `run_unsafe_reason` says why runs work without isolation;
    with `run_pods` they work in pods of a cluster.
    `has_controllers` is False for clusters in which nothing makes pods, as in a rehearsal: deployments do not watch
    rollouts then.
    """

    data: Path
    database: str | None = None
    role: ServerRole = ServerRole.ALL
    organization: str = "default"
    wrapping_key: str | None = None
    other_wrapping_keys: tuple[str, ...] = ()
    platform: str | Profile = DEFAULT_PLATFORM
    region: str | None = None
    outgoing_address: str | None = None
    address_from: str | None = None
    pretended_address: str | None = None
    hosts: frozenset[str] = frozenset()
    audit_copy: str | None = None
    audit_witnesses: tuple[tuple[str, str], ...] = ()
    identity: str | None = None
    checks_modules: bool = False
    run_folder: Path | None = None
    run_tools: Path | None = None
    run_paths: tuple[Path, ...] = ()
    run_source_hosts: tuple[str, ...] = ()
    run_source_ca: Path | None = None
    run_private_networks: tuple[str, ...] = ()
    run_user: HostUser | None = None
    run_control_group: Path | None = None
    run_unsafe_reason: str | None = None
    run_pods: RunPods | None = None
    has_controllers: bool = True

    @property
    def is_shared(self) -> bool:
        """Whether other processes can use the same database."""
        return self.database is not None and not self.database.startswith("sqlite")

    @property
    def where(self) -> str | Path:
        """The database's URL, or the path of the SQLite file."""
        return self.database or self.data / "leastway.db"
