"""The embedded AWS that a grant is rehearsed on and that the integration tests run against."""

from leastway.sandbox.control import Control
from leastway.sandbox.journal import JournalEntry
from leastway.sandbox.sandbox import Sandbox
from leastway.sandbox.scenario import (
    AccessKey,
    AccountSeed,
    ClusterSeed,
    NodeGroupSeed,
    PlatformSeed,
    Scenario,
    Seeded,
)

__all__ = [
    "AccessKey",
    "AccountSeed",
    "ClusterSeed",
    "Control",
    "JournalEntry",
    "NodeGroupSeed",
    "PlatformSeed",
    "Sandbox",
    "Scenario",
    "Seeded",
]
