"""Write a first, commented grant file, with the clusters that the current credentials can see."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from leastway.app.pages import schema_of
from leastway.aws import RegionClusters, look_around
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import ClusterFacts, Unreadable
from leastway.grant import Identity, Profile, named_profile
from leastway.grant.scaffold import (
    RULES_PATH,
    SCHEMA_PATH,
    AuthenticationMode,
    DiscoveredAccount,
    DiscoveredCluster,
    scaffold,
    scaffold_rules,
)

__all__ = ["Started", "start_grant"]


@dataclass(frozen=True, slots=True)
class Started:
    """The written files and the discovered clusters.

    `kept` are the rules and the schema that existed already and were not changed; `hidden` lists the clusters that
    could not be read; `unseen` says why no account was read.
    """

    paths: tuple[Path, ...]
    kept: tuple[Path, ...] = ()
    clusters: tuple[ClusterFacts, ...] = ()
    hidden: tuple[Unreadable, ...] = ()
    unseen: str = ""


def start_grant(
    path: Path,
    *,
    platform: str = "humanitec",
    name: str | None = None,
    identity: Identity = Identity.TRUST_ROLE,
    region: str | None = None,
    aws_profile: str | None = None,
    discover: bool = True,
) -> Started:
    """Write a grant to `path`, and next to it suggested RBAC rules and the schema, unless they are there already.

    `platform` is the name of a bundled profile, also with a version (`humanitec@v0.0.5`), or the path of a profile.

    Errors: InvalidInputError when the grant exists, or for an unknown platform or an identity that it cannot have;
    LeastwayError when a file cannot be written.
    """
    kept_profile = named_profile(platform)
    _check_identity(kept_profile, identity)
    if path.exists():
        raise InvalidInputError(
            "the file already exists, and is not overwritten",
            where=str(path),
            fix="give another file: leastway init FILE",
        )
    rules = path.parent / RULES_PATH
    around, why = _around(region, aws_profile) if discover else (None, "discovery is turned off")
    seen = tuple(one for one in around.clusters if isinstance(one, ClusterFacts)) if around else ()
    hidden = tuple(one for one in around.clusters if isinstance(one, Unreadable)) if around else ()
    accounts = (DiscoveredAccount(around.account, around.region, _found(kept_profile, seen)),) if around else ()
    reference = os.path.relpath(platform, path.parent) if Path(platform).is_file() else platform
    _write(path, scaffold(kept_profile, reference=reference, name=name, identity=identity, accounts=accounts))
    beside = {rules: scaffold_rules(), path.parent / SCHEMA_PATH: schema_of("grant")}
    kept = tuple(each for each in beside if each.exists())
    for each, text in beside.items():
        if each not in kept:
            _write(each, text)
    return Started((path, *(each for each in beside if each not in kept)), kept, seen, hidden, why)


def _around(region: str | None, profile: str | None) -> tuple[RegionClusters | None, str]:
    try:
        return look_around(region, profile), ""
    except LeastwayError as error:
        if region or profile:
            raise
        return None, str(error)


def _check_identity(profile: Profile, identity: Identity) -> None:
    if identity is Identity.IAM_USER and not profile.addresses:
        raise InvalidInputError(
            f"the platform {profile.name} has no list of addresses, so the keys of a user would work from anywhere",
            where="--identity iam-user",
            fix="leave --identity out: the platform then assumes a role",
        )


def _found(profile: Profile, clusters: tuple[ClusterFacts, ...]) -> tuple[DiscoveredCluster, ...]:
    tag = profile.cluster_tag
    return tuple(
        DiscoveredCluster(
            facts.place.cluster,
            facts.place.region,
            AuthenticationMode(facts.mode.value),
            tagged=dict(facts.tags).get(tag.key) == tag.value,
        )
        for facts in clusters
    )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise LeastwayError(f"the file cannot be written: {error.strerror}", where=str(path)) from error
