"""The requests that can be made as the platform: a closed set, each with its caller and source address."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.estate import Place

__all__ = [
    "AssumeRoleCall",
    "EksAction",
    "EksCall",
    "ExternalIdUse",
    "IdentityCall",
    "KubernetesCall",
    "Origin",
    "ProbeRequest",
    "TokenUse",
    "WebIdentityCall",
]


class Origin(enum.Enum):
    """Where the request comes from."""

    LISTED = "a listed address"
    UNLISTED = "an unlisted address"


class ExternalIdUse(enum.Enum):
    """Which external id the request carries."""

    RIGHT = "the right external id"
    WRONG = "a wrong external id"
    NONE = "no external id"


class EksAction(enum.Enum):
    """The EKS calls to try; DELETE names a cluster that does not exist, since AWS authorizes before it looks it up."""

    DESCRIBE = "eks:DescribeCluster"
    NODEGROUPS = "eks:DescribeNodegroup"
    LIST = "eks:ListClusters"
    DELETE = "eks:DeleteCluster"


@dataclass(frozen=True, slots=True)
class AssumeRoleCall:
    """Assume a role, as the platform's principal or, with an IAM user, as the platform's user of the account.

    A role may accept several external ids; `number` 0 is the one that the platform presents.
    """

    account: str
    role_arn: str
    external_id: ExternalIdUse
    origin: Origin
    number: int = 0


class TokenUse(enum.Enum):
    """Which token the request carries."""

    RIGHT = "a token of the grant"
    OTHER_SUBJECT = "a token of somebody else"
    OTHER_AUDIENCE = "a token for another audience"
    FORGED = "a token that its issuer did not sign"


@dataclass(frozen=True, slots=True)
class WebIdentityCall:
    """Assume a role with a token of the platform's issuer.

    `subject` is that of the token: one that the grant admits, or with OTHER_SUBJECT one that it does not.
    """

    account: str
    role_arn: str
    use: TokenUse
    subject: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class EksCall:
    """Call EKS with the platform's access to the account; `place` names the cluster, which need not exist."""

    place: Place
    action: EksAction
    origin: Origin


@dataclass(frozen=True, slots=True)
class KubernetesCall:
    """Ask a cluster's API server whether the platform may use a verb on a resource in a namespace.

    `group` is the API group; `name` is an object's, where the access is limited to named objects.
    """

    place: Place
    verb: str
    group: str
    resource: str
    namespace: str
    """Empty for the whole cluster."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class IdentityCall:
    """Ask AWS whose the key of the platform's user is: no policy and no source address refuses it, only a dead key."""

    account: str


ProbeRequest = AssumeRoleCall | EksCall | IdentityCall | KubernetesCall | WebIdentityCall
