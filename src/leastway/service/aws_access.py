"""The server's way to AWS: callers with given keys, its own keys, and its region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import ModuleType

from leastway.ports import (
    CallerIdentity,
    ClusterDescription,
    Clusters,
    EksToken,
    Guest,
    Guests,
    IssuedSession,
    SessionKeys,
    Sts,
)
from leastway.sessions import SessionRequest

__all__ = ["AwsAccess"]


def _aws() -> ModuleType:
    import leastway.aws

    return leastway.aws


class _Ambient:
    """Guests, created on first use."""

    @cached_property
    def _guests(self) -> Guests:
        guests: Guests = _aws().Guests()
        return guests

    def guest(self, keys: SessionKeys, region: str, address: str | None = None) -> Guest:
        return self._guests.guest(keys, region, address)


class _AmbientSts:
    """STS, created on first use. `address` is claimed at a loopback endpoint, in a rehearsal."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    @cached_property
    def _sts(self) -> Sts:
        sts: Sts = _aws().AwsSts(source_address=self._address)
        return sts

    def assume(self, request: SessionRequest, keys: SessionKeys | None, /) -> IssuedSession:
        return self._sts.assume(request, keys)

    def identity(self, region: str, keys: SessionKeys | None = None, /) -> CallerIdentity:
        return self._sts.identity(region, keys)

    def eks_token(self, keys: SessionKeys, *, cluster: str, region: str, expiry: datetime | None) -> EksToken:
        return self._sts.eks_token(keys, cluster=cluster, region=region, expiry=expiry)


class _AmbientClusters:
    """EKS, created on first use. `address` is claimed at a loopback endpoint, in a rehearsal."""

    def __init__(self, address: str | None = None) -> None:
        self._address = address

    @cached_property
    def _clusters(self) -> Clusters:
        clusters: Clusters = _aws().AwsClusters(source_address=self._address)
        return clusters

    def describe(self, keys: SessionKeys, region: str, name: str, /) -> ClusterDescription:
        return self._clusters.describe(keys, region, name)


class _SignedSts:
    """STS whose own identity is a key that is looked up for each call."""

    def __init__(self, sts: Sts, own_keys: Callable[[], SessionKeys]) -> None:
        self._sts = sts
        self._own_keys = own_keys

    def assume(self, request: SessionRequest, keys: SessionKeys | None, /) -> IssuedSession:
        return self._sts.assume(request, keys if keys is not None else self._own_keys())

    def identity(self, region: str, keys: SessionKeys | None = None, /) -> CallerIdentity:
        return self._sts.identity(region, keys if keys is not None else self._own_keys())

    def eks_token(self, keys: SessionKeys, *, cluster: str, region: str, expiry: datetime | None) -> EksToken:
        return self._sts.eks_token(keys, cluster=cluster, region=region, expiry=expiry)


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """The server's way to AWS: callers with given keys, its own keys, the region that is configured, STS and EKS."""

    guests: Guests
    own_keys: Callable[[], SessionKeys]
    configured_region: Callable[[], str]
    sts: Sts
    clusters: Clusters = field(default_factory=_AmbientClusters)

    @classmethod
    def ambient(cls, pretended_address: str | None = None) -> AwsAccess:
        """Use the ambient credentials. botocore is loaded when it is first used: a server starts sooner."""
        sts = _AmbientSts(pretended_address)
        own_keys, region = lambda: _aws().ambient_keys(), lambda: _aws().configured_region()
        return cls(_Ambient(), own_keys, region, sts, _AmbientClusters(pretended_address))

    def signed_by(self, own_keys: Callable[[], SessionKeys]) -> AwsAccess:
        """Return the access whose own identity is the key that `own_keys` returns, instead of the ambient one."""
        return replace(self, own_keys=own_keys, sts=_SignedSts(self.sts, own_keys))
