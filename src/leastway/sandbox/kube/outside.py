"""What a cluster gets from outside: who has a token, and a hook that is called for each request.

The hook writes the journal and injects faults.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from leastway.sandbox.kube.authorization.rules import Attributes

__all__ = [
    "AccessPolicyGrant",
    "Authenticator",
    "AuthenticatorFactory",
    "ConfigMapReader",
    "KubeCall",
    "KubeUser",
    "RequestHook",
]


@dataclass(frozen=True, slots=True)
class AccessPolicyGrant:
    """One EKS access policy associated with the principal's access entry.

    `policy` is the ARN, `arn:<partition>:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`. With the scope
    `namespace` it applies in `namespaces` only, where `*` matches any characters (`dev-*`).
    """

    policy: str
    scope: Literal["cluster", "namespace"]
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KubeUser:
    """An authenticated user. `groups` need not include `system:authenticated`: the server adds it."""

    username: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    access_policies: tuple[AccessPolicyGrant, ...] = ()


class Authenticator(Protocol):
    """Turns a bearer token into a user."""

    async def authenticate(self, token: str) -> KubeUser | None:
        """Return the user of `token`, or None if it is refused; the client gets 401."""
        ...


ConfigMapReader = Callable[[str, str], Awaitable[Mapping[str, str] | None]]
"""Reads the current `data` of a ConfigMap of the cluster, by namespace and name; None if it does not exist."""

AuthenticatorFactory = Callable[[ConfigMapReader], Authenticator]
"""Creates the authenticator of a cluster, which reads aws-auth there."""


@dataclass(frozen=True, slots=True)
class KubeCall:
    """One answered request."""

    cluster: str
    asked: Attributes
    user: str
    """The username, `system:anonymous` without a token, empty if the token was refused."""
    write: bool
    """Whether the stored state may have changed; false for dry runs, reviews and refused requests."""
    status: int


RequestHook = Callable[[KubeCall], Awaitable[None]]
"""Called for every request, after its write and before its response is sent.

`Dropped` closes the connection without a response, like a crash between the two.
"""
