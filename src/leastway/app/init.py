"""Write a first, commented grant file, with the clusters that the current credentials can see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leastway.aws import RegionClusters, look_around
from leastway.errors import InvalidInputError, LeastwayError
from leastway.estate import ClusterFacts, Unreadable
from leastway.grant import Identity, find_profile
from leastway.grant.scaffold import (
    RULES_PATH,
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

    `kept` are the rules that existed already and were not changed; `hidden` lists the clusters that could not be read;
    `unseen` says why no account was read.
    """

    paths: tuple[Path, ...]
    kept: tuple[Path, ...] = ()
    clusters: tuple[ClusterFacts, ...] = ()
    hidden: tuple[Unreadable, ...] = ()
    unseen: str = ""


def start_grant(
    path: Path,
    *,
    name: str | None = None,
    identity: Identity = Identity.TRUST_ROLE,
    region: str | None = None,
    aws_profile: str | None = None,
    discover: bool = True,
) -> Started:
    """Write a grant to `path`, and suggested RBAC rules next to it, unless another grant there has them already.

    Errors: InvalidInputError when the grant exists; LeastwayError when a file cannot be written.
    """
    if path.exists():
        raise InvalidInputError(
            "the file already exists, and is not overwritten",
            where=str(path),
            fix="give another file: leastway init FILE",
        )
    rules = path.parent / RULES_PATH
    has_rules = rules.exists()
    around, why = _around(region, aws_profile) if discover else (None, "discovery is turned off")
    seen = tuple(one for one in around.clusters if isinstance(one, ClusterFacts)) if around else ()
    hidden = tuple(one for one in around.clusters if isinstance(one, Unreadable)) if around else ()
    accounts = (DiscoveredAccount(around.account, around.region, _found(seen)),) if around else ()
    _write(path, scaffold(name=name, identity=identity, accounts=accounts))
    if has_rules:
        return Started((path,), (rules,), seen, hidden, why)
    _write(rules, scaffold_rules())
    return Started((path, rules), (), seen, hidden, why)


def _around(region: str | None, profile: str | None) -> tuple[RegionClusters | None, str]:
    try:
        return look_around(region, profile), ""
    except LeastwayError as error:
        if region or profile:
            raise
        return None, str(error)


def _found(clusters: tuple[ClusterFacts, ...]) -> tuple[DiscoveredCluster, ...]:
    tag = find_profile("humanitec").cluster_tag
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
