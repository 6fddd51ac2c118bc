"""The protocols that adapters implement and that the levels above use."""

from leastway.ports.answers import CredentialsRejectedError, ShapeError, UnreadableAnswerError
from leastway.ports.custody import (
    DamagedError,
    Holder,
    HolderKind,
    SealedSecret,
    SecretPlace,
    StoredSecret,
    WrappingKey,
)
from leastway.ports.guests import CallerIdentity, FailedCall, Guest, Guests, SessionKeys
from leastway.ports.keys import KeyCustody, StagedKeys, UserKey, UserKeys
from leastway.ports.live import AlreadyThereError, NotThereYetError, Observation, Site, Sites
from leastway.ports.looking import find_sightings, unknown_sighting
from leastway.ports.platform_side import PlatformSide, PlatformStep, RehearsedAccount, RehearsedRole
from leastway.ports.revoking import PrincipalState, Revoker
from leastway.ports.steps import MemorySteps, Steps, WaitingError
from leastway.ports.store import Store
from leastway.ports.sts import EksToken, IssuedSession, Sts, StsRefusedError, StsUnavailableError

__all__ = [
    "AlreadyThereError",
    "CallerIdentity",
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
    "MemorySteps",
    "NotThereYetError",
    "Observation",
    "PlatformSide",
    "PlatformStep",
    "PrincipalState",
    "RehearsedAccount",
    "RehearsedRole",
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
    "UnreadableAnswerError",
    "UserKey",
    "UserKeys",
    "WaitingError",
    "WrappingKey",
    "find_sightings",
    "unknown_sighting",
]
