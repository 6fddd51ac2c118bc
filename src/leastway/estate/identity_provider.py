"""The OpenID Connect provider of an account: that IAM accepts tokens of an issuer. It gives nobody access by itself.

An account has one for each issuer, and all roles of the account that admit identities of the issuer share it. So an
existing one is used as it is, other audiences of it are not a difference, and it is deleted only when no role uses it.
Thumbprints are not part of it: IAM checks the certificates of public issuers itself (IAM User Guide, "Create an OpenID
Connect (OIDC) identity provider in IAM").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from leastway.estate.address import Address, Kind, Place
from leastway.primitives import Partition

__all__ = ["IdentityProvider", "is_identity_provider"]

_IN_ITS_ARN = ":oidc-provider/"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """The provider of the issuer `https://<host>`; `audiences` are those that tokens may be for."""

    kind: ClassVar[Kind] = Kind.IDENTITY_PROVIDER

    account: str
    host: str
    audiences: frozenset[str]
    partition: str = Partition.AWS

    @property
    def url(self) -> str:
        """The address of the issuer."""
        return f"https://{self.host}"

    @property
    def arn(self) -> str:
        """The ARN of the provider."""
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{self.host}"

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(Place(self.account), self.kind, self.host)


def is_identity_provider(principal: str) -> bool:
    """Return whether the name of a principal is the ARN of an OpenID Connect provider."""
    return _IN_ITS_ARN in principal
