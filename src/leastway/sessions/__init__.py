"""Sessions: what asks for one, what one is, and the kill switches that stop it. Pure.

A session chained from another one belongs to its family tree: what stops an ancestor stops the session too. Nothing
here calls STS, reads a clock or holds a secret.
"""

from leastway.sessions.kill_switch import KillSwitch, Scope, SwitchesOn
from leastway.sessions.lifetime import LEAST_LEFT, Lifetime
from leastway.sessions.request import (
    DEFAULT_SESSION_NAME,
    LONGEST,
    LONGEST_CHAINED,
    SHORTEST,
    SessionRequest,
    Subject,
    check_duration,
)
from leastway.sessions.role import AccountRoles, AllowedRole, RoleNotAllowedError
from leastway.sessions.session import Session, family_of

__all__ = [
    "DEFAULT_SESSION_NAME",
    "LEAST_LEFT",
    "LONGEST",
    "LONGEST_CHAINED",
    "SHORTEST",
    "AccountRoles",
    "AllowedRole",
    "KillSwitch",
    "Lifetime",
    "RoleNotAllowedError",
    "Scope",
    "Session",
    "SessionRequest",
    "Subject",
    "SwitchesOn",
    "check_duration",
    "family_of",
]
