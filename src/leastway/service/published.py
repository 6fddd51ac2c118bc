"""What the server publishes to everybody: platform profiles, and the manifests that follow from a profile alone.

They are references, for whoever installs them by hand and for comparison with what is installed: they name clusters by
the profile's tag and roles by its prefix, where the estate of a grant names its own. Files are canonical JSON: members
sorted, no spaces, one line break at the end. The same profile always gives the same bytes, and a version never changes.
A profile is itself a profile file for a grant. Trust policies are not here: they contain an external id, which belongs
to one customer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from leastway.compiler import egress_policy, platform_policy
from leastway.grant import Profile, bundled_profiles, diff_profiles, profile_digest, profile_effects, profile_reasons
from leastway.policy import Document, render
from leastway.primitives import Partition
from leastway.service.caller import NotFoundError
from leastway.service.server import Server

__all__ = ["PublishedFile", "PublishedVersion", "find_published", "find_published_file", "published_profiles"]

_PROFILE = "profile.json"
_ADDRESSES = "address-deny.json"
_USER_POLICY = "user-policy.json"
_CLUSTER_POLICY = "cluster-access-policy.json"
_ACCESS_ENTRY = "access-entry.json"
_ROLE_BINDING = "role-binding.json"


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """The bytes of a file, and their SHA-256 in hexadecimal."""

    content: bytes
    digest: str

    @classmethod
    def of(cls, value: object) -> PublishedFile:
        """Return the file with a JSON value."""
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        content = text.encode() + b"\n"
        return cls(content, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version of a profile, its files by name, and the addresses in which it differs from the latest one.

    `lacks` are addresses that only the latest version has, `surplus` those that only this one has.
    """

    profile: Profile
    digest: str
    is_latest: bool
    lacks: tuple[str, ...]
    surplus: tuple[str, ...]
    files: Mapping[str, PublishedFile]


def published_profiles(server: Server) -> tuple[PublishedVersion, ...]:
    """Return every version of every profile that is bundled, and the server's own; those of a name from the oldest."""
    return _published(server.platform)


def find_published(server: Server, name: str, version: str) -> PublishedVersion:
    """Return one version; `latest` is the latest. Errors: NotFoundError."""
    for one in published_profiles(server):
        if one.profile.name == name and (one.profile.version == version or (version == "latest" and one.is_latest)):
            return one
    raise NotFoundError(
        f"the profile {name!r} has no version {version!r}", fix="see /published/profiles for all of them"
    )


def find_published_file(server: Server, digest: str) -> PublishedFile:
    """Return the file with this SHA-256, in hexadecimal. Errors: NotFoundError."""
    for one in published_profiles(server):
        for file in one.files.values():
            if file.digest == digest:
                return file
    raise NotFoundError("no published file has this digest", fix="see /published/profiles for all of them")


@lru_cache(maxsize=2)
def _published(own: Profile) -> tuple[PublishedVersion, ...]:
    names = dict(bundled_profiles())
    versions = names.get(own.name, ())
    if own not in versions:
        others = (one for one in versions if one.version != own.version)
        names[own.name] = tuple(sorted((*others, own), key=lambda one: one.published))
    return tuple(_version(one, every[-1]) for every in names.values() for one in every)


def _version(profile: Profile, latest: Profile) -> PublishedVersion:
    change = diff_profiles(profile, latest)
    files = {name: PublishedFile.of(value) for name, value in _files(profile).items()}
    return PublishedVersion(
        profile,
        profile_digest(profile),
        profile is latest,
        change.added_addresses,
        change.removed_addresses,
        files,
    )


def _files(profile: Profile) -> dict[str, object]:
    """Return the files of a profile by name, as JSON values; what it has no facts for is left out."""
    found: dict[str, object] = {_PROFILE: _written(profile)}
    if profile.addresses:
        found[_ADDRESSES] = render(egress_policy(profile.addresses))
    if profile.principal is not None:
        found[_USER_POLICY] = render(_reference_policy(profile, assumes=True))
    found[_CLUSTER_POLICY] = render(_reference_policy(profile, assumes=False))
    group = profile.kubernetes_group
    found[_ACCESS_ENTRY] = {
        "type": "STANDARD",
        "username": profile.kubernetes_username,
        "kubernetesGroups": [group],
    }
    found[_ROLE_BINDING] = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": group},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
    }
    return found


def _reference_policy(profile: Profile, *, assumes: bool) -> Document:
    """Return the policy of the platform's user (`assumes`) or of the role that it has, in any account."""
    partition = profile.principal.partition if profile.principal is not None else Partition.AWS
    return platform_policy(
        clusters=[f"arn:{partition}:eks:*:*:cluster/*"],
        nodegroups=[f"arn:{partition}:eks:*:*:nodegroup/*/*/*"],
        tag=profile.cluster_tag,
        roles=[f"arn:{partition}:iam::*:role/{profile.role_prefix}*"] if assumes else [],
        addresses=profile.addresses,
        list_clusters=False,
    )


def _written(profile: Profile) -> dict[str, object]:
    written = {
        "apiVersion": "leastway.dev/v1alpha1",
        "kind": "Profile",
        **profile_effects(profile),
        **profile_reasons(profile),
        "published": str(profile.published),
        "sources": list(profile.sources),
    }
    return written | ({"checked": str(profile.checked)} if profile.checked else {})
