"""Who asks: what a token is turned into, and the protocol of what turns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["AccessPolicyGrant", "Authenticator", "AuthenticatorFactory", "ConfigMapReader", "KubeUser"]


@dataclass(frozen=True, slots=True)
class AccessPolicyGrant:
    """One EKS access policy associated with the principal's access entry.

    `policy` is the ARN, `arn:<partition>:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`. With the scope
    `namespace` it holds in `namespaces` only, where `*` stands for any run of characters (`dev-*`).
    """

    policy: str
    scope: Literal["cluster", "namespace"]
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KubeUser:
    """An authenticated user. `groups` does not need to name `system:authenticated`: the server adds it."""

    username: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    access_policies: tuple[AccessPolicyGrant, ...] = ()


class Authenticator(Protocol):
    """Turns a bearer token into a user."""

    async def authenticate(self, token: str) -> KubeUser | None:
        """Return the user of `token`, or None when it is refused, which the client sees as 401."""
        ...


class ConfigMapReader(Protocol):
    """What an authenticator may read of the cluster that it guards: aws-auth, above all."""

    async def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the `data` of a ConfigMap as it is now, or None when there is none."""
        ...


AuthenticatorFactory = Callable[[ConfigMapReader], Authenticator]
"""Makes the authenticator of a cluster, which needs the cluster's own ConfigMaps."""
