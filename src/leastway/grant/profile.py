"""Platform profiles: bundled ones by name and version, custom ones by path, and the difference between two.

A bundled profile is a dated file that never changes; new facts go into a new file. The latest is the one with the
latest publication date.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from leastway.grant.external_id_form import ExternalIdForm
from leastway.grant.model import Profile, Tag
from leastway.grant.problem import GrantError, Problem, without_repetition
from leastway.grant.profile_document import OidcDocument, ProfileDocument
from leastway.grant.rules.no_value import check_no_value
from leastway.grant.rules.placeholder import check_placeholders
from leastway.grant.rules.secret import check_secrets
from leastway.grant.source import GrantFile, Tree, quote, read_tree
from leastway.grant.structure import read_document
from leastway.grant.subjects import Oidc
from leastway.primitives import Arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "ProfileChange",
    "UnknownProfileError",
    "bundled_profiles",
    "diff_profiles",
    "find_profile",
    "load_profile",
    "read_profile",
]

_LARGEST = 1 << 20


class UnknownProfileError(LookupError):
    """No bundled profile has that name or version; `fix` has the known ones."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """The difference between two profiles.

    `added_addresses` and `removed_addresses` are CIDR blocks; `changed` has the other fields except name and version,
    each with its old and new value.
    """

    added_addresses: tuple[str, ...]
    removed_addresses: tuple[str, ...]
    changed: Mapping[str, tuple[object, object]]

    def __bool__(self) -> bool:
        return bool(self.added_addresses or self.removed_addresses or self.changed)


def diff_profiles(old: Profile, new: Profile) -> ProfileChange:
    """Return what changes for an account from `old` to `new`; dates and sources have no effect there."""
    ignored = {"name", "version", "published", "checked", "sources", "addresses"}
    ignored |= {"no_addresses_reason", "account_principal_reason", "external_id_reason"}
    changed = {
        field.name: (getattr(old, field.name), getattr(new, field.name))
        for field in fields(Profile)
        if field.name not in ignored and getattr(old, field.name) != getattr(new, field.name)
    }
    return ProfileChange(
        added_addresses=tuple(address for address in new.addresses if address not in old.addresses),
        removed_addresses=tuple(address for address in old.addresses if address not in new.addresses),
        changed=changed,
    )


@functools.cache
def bundled_profiles() -> Mapping[str, tuple[Profile, ...]]:
    """Return the bundled profiles by name, the versions of each from the oldest to the latest."""
    found: dict[str, tuple[Profile, ...]] = {}
    folders = resources.files("leastway.grant").joinpath("profiles").iterdir()
    for folder in sorted(folders, key=lambda entry: entry.name):
        if folder.is_dir():
            paths = [Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".yaml")]
            versions = [load_profile(path) for path in paths]
            found[folder.name] = tuple(sorted(versions, key=lambda profile: profile.published))
    return found


def find_profile(name: str, version: str | None = None) -> Profile:
    """Return a bundled profile, the latest without `version`. Errors: UnknownProfileError."""
    bundled = bundled_profiles()
    if name not in bundled:
        fix = _suggest(name, list(bundled)) + " For your own profile, give its path."
        raise UnknownProfileError(f"unknown platform profile {quote(name)}", fix)
    versions = {profile.version: profile for profile in bundled[name]}
    if version is None:
        return bundled[name][-1]
    if version not in versions:
        what = f"the platform profile {name} has no version {quote(version)}"
        raise UnknownProfileError(what, _suggest(version, list(versions)))
    return versions[version]


def load_profile(path: Path) -> Profile:
    """Read a profile file. Errors: GrantError with every problem; InvalidInputError if it cannot be read."""
    profile, problems = read_profile(GrantFile.read(path, limit=_LARGEST))
    if profile is None:
        raise GrantError(path, problems)
    return profile


def read_profile(source: GrantFile) -> tuple[Profile | None, list[Problem]]:
    """Read a profile from its text; None with any problem."""
    tree, problems = read_tree(source)
    if tree is None:
        return None, problems
    problems += [*check_secrets(source), *check_placeholders(tree), *check_no_value(tree)]
    document, findings = read_document(tree, ProfileDocument)
    problems = without_repetition(problems, findings)
    if document is None or problems:
        return None, problems
    if (document.principal is None) == (document.oidc is None):
        message = "a profile has either a `principal` of AWS or the tokens of an issuer, `oidc`"
        node = tree.root.get("oidc") or tree.root.get("name") or tree.root
        return None, [tree.problem("principal", node, message, "give one of them")]
    problems = list(_contradictions(tree, document))
    return (None, problems) if problems else (_profile(document), [])


def _contradictions(tree: Tree, document: ProfileDocument) -> Iterator[Problem]:
    """Yield the fields that say something about what the profile does not have, and so would have no effect."""
    is_account = document.principal is not None and document.principal.endswith(":root")
    tokens = "a platform with the tokens of an issuer, `oidc`, "
    facts = (
        ("external_id_form", document.oidc, tokens + "has no external ids"),
        ("external_id_reason", document.oidc, tokens + "has no external ids"),
        ("account_principal_reason", document.oidc, tokens + "has no principal in AWS"),
        ("account_principal_reason", not document.oidc and not is_account, "the principal is not a whole account"),
        ("no_addresses_reason", document.addresses, "the profile has addresses"),
    )
    for field, applies, message in facts:
        node = tree.root.get(field)
        if applies and node is not None and getattr(document, field) is not None:
            yield tree.problem(
                "contradiction", node, f"`{field}`: {message}", f"remove `{field}`, or what it contradicts"
            )


def _profile(document: ProfileDocument) -> Profile:
    return Profile(
        name=document.name,
        version=document.version,
        published=dt.date.fromisoformat(document.published),
        principal=Arn.parse(document.principal) if document.principal else None,
        addresses=tuple(document.addresses),
        role_prefix=document.role_prefix,
        cluster_tag=Tag(document.cluster_tag.key, document.cluster_tag.value),
        user_name=document.user_name,
        user_policy_name=document.user_policy_name,
        access_role_name=document.access_role_name,
        kubernetes_username=document.kubernetes_username,
        kubernetes_group=document.kubernetes_group,
        sources=tuple(document.sources),
        checked=dt.date.fromisoformat(document.checked) if document.checked else None,
        oidc=_oidc(document.oidc),
        no_addresses_reason=document.no_addresses_reason or "",
        account_principal_reason=document.account_principal_reason or "",
        external_id_reason=document.external_id_reason or "",
        external_id_form=ExternalIdForm(document.external_id_form) if document.external_id_form else None,
    )


def _oidc(document: OidcDocument | None) -> Oidc | None:
    return Oidc(document.issuer, document.audience, document.subject, document.exact_to) if document else None


def _suggest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"write {' or '.join(known)}."
