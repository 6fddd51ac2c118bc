"""A grant that is open for work: the document, the store, and the doors to its accounts and clusters."""

from __future__ import annotations

from dataclasses import dataclass, field

from leastway.app.settings import Settings
from leastway.custody import FirstKeys
from leastway.grant import Grant
from leastway.kube import Backups
from leastway.ports import Sites, Store
from leastway.primitives import Clock, SystemClock
from leastway.reconcile import Convergence, Workers

__all__ = ["OpenGrant"]


@dataclass(frozen=True, slots=True)
class OpenGrant:
    """What every use case works on."""

    grant: Grant
    sites: Sites
    store: Store
    settings: Settings
    keys: FirstKeys
    backups: Backups
    workers: Workers = field(default_factory=Workers)
    convergence: Convergence = field(default_factory=Convergence)
    clock: Clock = field(default_factory=SystemClock)
    given_up: frozenset[str] = frozenset()
    """Accounts and clusters that are not looked at any more, as a person said."""
