"""Ambient credentials, which botocore finds by itself or in a profile: their keys, and the clusters they can see."""

from __future__ import annotations

from dataclasses import dataclass

from leastway.aws.accounts import Accounts
from leastway.aws.assumed_role import expiry_of
from leastway.aws.doors import AmbientCredentials, Door, NamedProfile
from leastway.aws.eks import discover_cluster
from leastway.aws.eks.paging import every
from leastway.aws.eks_token import sign_token
from leastway.aws.errors import aws_errors
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.estate import ClusterFacts, Place, Unreadable
from leastway.ports import EksToken, SessionKeys
from leastway.primitives import Clock, Secret, SystemClock

__all__ = ["RegionClusters", "ambient_keys", "ambient_token", "configured_region", "look_around"]


@dataclass(frozen=True, slots=True)
class RegionClusters:
    """An account, one of its regions, and each cluster there."""

    account: str
    region: str
    clusters: tuple[ClusterFacts | Unreadable, ...]


def ambient_keys(profile: str | None = None) -> SessionKeys:
    """Return the current ambient keys; LeastwayError if there are none."""
    found = _find(LendingSession(profile=profile), profile).get_frozen_credentials()
    token = Secret(found.token) if found.token else None
    return SessionKeys(found.access_key, Secret(found.secret_key), token)


def configured_region(profile: str | None = None) -> str:
    """Return the region that the environment or the profile names. Errors: LeastwayError if none does."""
    where = LendingSession(profile=profile).get_config_variable("region")
    if not where:
        raise LeastwayError("no AWS region is configured", fix="set AWS_REGION, or give one with --region")
    return str(where)


def ambient_token(cluster: str, region: str, profile: str | None = None, clock: Clock | None = None) -> EksToken:
    """Sign a token for a cluster with the ambient keys."""
    session = LendingSession(profile=profile)
    credentials = _find(session, profile)
    return sign_token(
        credentials.get_frozen_credentials(),
        cluster=cluster,
        region=region,
        now=(clock or SystemClock()).now(),
        expiry=expiry_of(credentials),
    )


def look_around(region: str | None = None, profile: str | None = None) -> RegionClusters:
    """List the clusters of `region`, by default the configured one, and read the facts of each.

    LeastwayError if credentials, the region or the permission to list are missing.
    """
    account, where = _ambient_account(region, profile)
    accounts = Accounts([Door(account, where, NamedProfile(profile) if profile else AmbientCredentials())])
    eks = accounts.eks(account, where)
    with aws_errors(f"{account}/{where}"):
        names = sorted(every(eks, "list_clusters", "clusters"))
    return RegionClusters(account, where, tuple(discover_cluster(eks, Place(account, where, name)) for name in names))


def _ambient_account(region: str | None = None, profile: str | None = None) -> tuple[str, str]:
    """Return the account of the ambient keys, and the region: `region`, or the configured one."""
    session = LendingSession(profile=profile)
    where = region or session.get_config_variable("region")
    if not where:
        raise LeastwayError("no AWS region is configured", fix="set AWS_REGION, or give one with --region")
    credentials = _find(session, profile)
    with aws_errors("GetCallerIdentity"):
        return session.client("sts", where, credentials).get_caller_identity()["Account"], where


def _find(session: LendingSession, profile: str | None):  # type: ignore[no-untyped-def]  # botocore's own, untyped
    where = f"profile {profile}" if profile else "the environment"
    with aws_errors(where):
        found = session.get_credentials()
    if found is None:
        raise LeastwayError(
            "no AWS credentials are available", where=where, fix="log in (aws sso login), or set AWS_PROFILE"
        )
    return found
