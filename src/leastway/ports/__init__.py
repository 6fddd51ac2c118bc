"""The protocols that adapters implement and that the levels above use."""

from leastway.ports.answers import CredentialsRejectedError, ShapeError, UnreadableAnswerError
from leastway.ports.clusters import ClusterDescription, Clusters
from leastway.ports.custody import (
    DamagedError,
    Holder,
    HolderKind,
    SealedSecret,
    SecretPlace,
    StoredSecret,
    WrappingKey,
)
from leastway.ports.guests import CallerIdentity, FailedCall, Guest, Guests, SessionKeys, TokenExchange, TokenIssuer
from leastway.ports.keys import KeyCustody, StagedKeys, UserKey, UserKeys
from leastway.ports.live import AlreadyThereError, NotThereYetError, Observation, Site, Sites
from leastway.ports.looking import find_sightings, unknown_sighting
from leastway.ports.modules import MemoryModules, ModulePlace, ModuleSource
from leastway.ports.platform_side import (
    PlatformSide,
    PlatformStep,
    RehearsedAccount,
    RehearsedAgent,
    RehearsedBucket,
    RehearsedRole,
    RehearsedWorkload,
)
from leastway.ports.pods import Pods, PodStream, PodsUnavailableError
from leastway.ports.revoking import PrincipalState, Revoker
from leastway.ports.steps import MemorySteps, Steps, WaitingError
from leastway.ports.store import Store
from leastway.ports.sts import EksToken, IssuedSession, Sts, StsRefusedError, StsUnavailableError

__all__ = [
    "AlreadyThereError",
    "CallerIdentity",
    "ClusterDescription",
    "Clusters",
    "CredentialsRejectedError",
    "DamagedError",
    "EksToken",
    "FailedCall",
    "Guest",
    "Guests",
    "Holder",
    "HolderKind",
    "IssuedSession",
    "KeyCustody",
    "MemoryModules",
    "MemorySteps",
    "ModulePlace",
    "ModuleSource",
    "NotThereYetError",
    "Observation",
    "PlatformSide",
    "PlatformStep",
    "PodStream",
    "Pods",
    "PodsUnavailableError",
    "PrincipalState",
    "RehearsedAccount",
    "RehearsedAgent",
    "RehearsedBucket",
    "RehearsedRole",
    "RehearsedWorkload",
    "Revoker",
    "SealedSecret",
    "SecretPlace",
    "SessionKeys",
    "ShapeError",
    "Site",
    "Sites",
    "StagedKeys",
    "Steps",
    "Store",
    "StoredSecret",
    "Sts",
    "StsRefusedError",
    "StsUnavailableError",
    "TokenExchange",
    "TokenIssuer",
    "UnreadableAnswerError",
    "UserKey",
    "UserKeys",
    "WaitingError",
    "WrappingKey",
    "find_sightings",
    "unknown_sighting",
]
