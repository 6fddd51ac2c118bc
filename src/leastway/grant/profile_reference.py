"""References to profiles on the command line, and the digest that identifies a version of a profile.

`humanitec` is the latest bundled version and `humanitec@v0.0.5` a certain one. A reference with a slash, or one that
ends in `.yaml` or `.yml`, is the path of a custom profile, as in a grant.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leastway.errors import InvalidInputError
from leastway.grant.profile import UnknownProfileError, find_profile, load_profile

if TYPE_CHECKING:
    from leastway.grant.model import Profile

__all__ = ["named_profile", "profile_digest", "profile_effects", "profile_name", "profile_reasons"]


def named_profile(reference: str) -> Profile:
    """Return the profile that `reference` names. Errors: InvalidInputError; GrantError for a file with problems."""
    if "/" in reference or reference.endswith((".yaml", ".yml")):
        return load_profile(Path(reference))
    name, _, version = reference.partition("@")
    try:
        return find_profile(name, version or None)
    except UnknownProfileError as error:
        raise InvalidInputError(error.what, fix=error.fix) from error


def profile_name(profile: Profile) -> str:
    """Return the name and version for people: `humanitec 2024-04-23`."""
    return f"{profile.name} {profile.version}"


def profile_digest(profile: Profile) -> str:
    """Return the SHA-256 of the name, the version and every effective field, as `sha256:` and hexadecimal digits.

    The canonical form is JSON with sorted keys and without white space; addresses are sorted. Sources, dates and
    reasons are left out, so that a profile keeps its digest when it is compared with its sources again.
    """
    canonical = {**profile_effects(profile), "addresses": sorted(profile.addresses)}
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def profile_reasons(profile: Profile) -> dict[str, str]:
    """Return the reasons of a profile file for what is unusual; they have no effect, and a file needs them."""
    reasons = {
        "no_addresses_reason": profile.no_addresses_reason,
        "account_principal_reason": profile.account_principal_reason,
        "external_id_reason": profile.external_id_reason,
    }
    return {name: text for name, text in reasons.items() if text}


def profile_effects(profile: Profile) -> dict[str, Any]:
    """Return the name, the version and every effective field as JSON values, named as in a profile file."""
    oidc = profile.oidc
    who: dict[str, Any] = {"principal": str(profile.principal)} if profile.principal is not None else {}
    if oidc is not None:
        who["oidc"] = {field.name: getattr(oidc, field.name) for field in fields(oidc)}
    if profile.external_id_form is not None:
        who["external_id_form"] = profile.external_id_form.text
    return {
        "name": profile.name,
        "version": profile.version,
        **who,
        "addresses": list(profile.addresses),
        "role_prefix": profile.role_prefix,
        "cluster_tag": {"key": profile.cluster_tag.key, "value": profile.cluster_tag.value},
        "user_name": profile.user_name,
        "user_policy_name": profile.user_policy_name,
        "access_role_name": profile.access_role_name,
        "kubernetes_username": profile.kubernetes_username,
        "kubernetes_group": profile.kubernetes_group,
    }
