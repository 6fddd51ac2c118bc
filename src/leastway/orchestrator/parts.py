"""The parts of the server that runs work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leastway.broker import AuditLedger, Broker, Gate
from leastway.custody import Custody
from leastway.ports import SessionKeys, Sts
from leastway.primitives import Clock
from leastway.sessions import AccountRoles
from leastway.store import PlatformStore

__all__ = ["OrchestratorParts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorParts:
    """What the server has already: `region` is that of its STS, `role_prefix` that of the roles of the platform.

    `roles_of` returns what an account of an organization may assume, `key_of` the access key that an account keeps.
    """

    store: PlatformStore
    custody: Custody
    gate: Gate
    broker: Broker
    ledger: AuditLedger
    sts: Sts
    clock: Clock
    region: Callable[[], str]
    role_prefix: Callable[[], str]
    roles_of: Callable[[str, str], AccountRoles | None]
    key_of: Callable[[str, str], SessionKeys]
    source_ip: str | None = None
    """The address from which the server calls AWS, if its operator gave it."""
