"""What is registered with a platform, and what that changes: values only."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.primitives import Secret
from leastway.proof import ContractDocument
from leastway.registry import PlatformSecret, Registrations

__all__ = [
    "ACCOUNT",
    "CONTRACT",
    "DEFINITION",
    "FIX_OF_ANSWER",
    "FIX_OF_SECRET",
    "CheckResult",
    "PlatformRequest",
    "RegisteredObject",
    "Registering",
    "ToRegister",
    "blocked",
    "missing_secrets",
]

FIX_OF_ANSWER: Final = "check the address, the organization and the token's permissions"
FIX_OF_SECRET: Final = "write it into a JSON object in a file of mode 0600, and give that with --secrets"  # noqa: S105 - a text


class Registering(enum.Enum):
    """What happens to one object of the platform."""

    CREATE = "create"
    CHANGE = "change"
    NONE = "unchanged"
    BLOCKED = "blocked"
    """It differs from the grant, and cannot be changed."""
    LEFT_OVER = "left over"
    """It is marked as the grant's, and no longer in it. It stays."""


class CheckResult(enum.Enum):
    """What the platform's own check says about the credentials of an account that exists."""

    WORKS = "works"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PlatformRequest:
    """One request. `order` sorts the requests of all objects; each secret in `body` is a Secret."""

    order: int
    method: str
    path: str
    body: Any = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class RegisteredObject:
    """One object of the grant and its change; `differences` and `remarks` are texts without values of secrets.

    `warnings` are what the platform said when the object was registered.
    """

    kind: str
    id: str
    change: Registering
    differences: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    fix: str = ""
    check: CheckResult | None = None
    requests: tuple[PlatformRequest, ...] = field(default=(), repr=False)
    needs: str = ""
    """The id of the account that must exist first."""
    warnings: tuple[str, ...] = ()


ACCOUNT: Final = "cloud account"
DEFINITION: Final = "resource definition"
CONTRACT: Final = "contract"


@dataclass(frozen=True, slots=True)
class ToRegister:
    """What is registered, and how.

    `secrets` are by the names of PlatformSecret; `changing` are the accounts whose external id is being changed. With
    `adopt`, objects that may belong to others are changed; with `resend`, secrets are sent again.
    """

    grant: str
    registrations: Registrations
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    changing: Collection[str] = ()
    adopt: bool = False
    resend: bool = False
    contracts: Callable[[], Sequence[ContractDocument]] = tuple
    """Called only for a platform that keeps contracts."""


def missing_secrets(value: object, secrets: Mapping[str, Secret]) -> tuple[str, ...]:
    """Return a text for each secret in `value` that is not in `secrets`."""
    if isinstance(value, PlatformSecret):
        return () if value.name in secrets else (f"the secret {value.name} is not known: {value.what}",)
    if isinstance(value, Mapping):
        return tuple(text for one in value.values() for text in missing_secrets(one, secrets))
    return ()


def blocked(kind: str, identifier: str, whats: tuple[str, ...], fix: str) -> RegisteredObject:
    """Return an object that cannot be registered, and why."""
    return RegisteredObject(kind, identifier, Registering.BLOCKED, whats, fix=fix)
