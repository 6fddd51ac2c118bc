"""A remark about a newer platform profile than the grant's, from leastway's server, if LEASTWAY_URL names one."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping

from leastway.errors import LeastwayError
from leastway.estate import Note
from leastway.grant import Grant, profile_name

__all__ = ["newer_profile_notes"]


def newer_profile_notes(grant: Grant, environment: Mapping[str, str] | None = None) -> tuple[Note, ...]:
    """Return a note if the server publishes a newer version, or could not be asked; none without a server."""
    env = os.environ if environment is None else environment
    url = env.get("LEASTWAY_URL", "").strip().rstrip("/")
    if not url:
        return ()
    from leastway.published import published_profiles  # it loads urllib3

    kept = grant.platform
    try:
        there = [one for one in published_profiles(url) if one.name == kept.name]
    except LeastwayError as error:
        return (Note("platform", f"the server could not be asked for newer profiles: {error.what} ({url})"),)
    newest = max(there, key=lambda one: one.published, default=None)
    if newest is None or newest.version == kept.version or newest.published <= kept.published:
        return ()
    mine = {str(ipaddress.ip_network(one)) for one in kept.addresses}
    added = [one for one in newest.addresses if one not in mine]
    removed = sorted(mine - set(newest.addresses))
    words = [f"the grant's lacks {', '.join(added)}"] if added else []
    words += [f"the grant's has {', '.join(removed)}, which it does not have"] if removed else []
    file = f"{url}/published/profiles/{newest.name}/{newest.version}/profile.json"
    text = (
        f"the server publishes {newest.name} {newest.version} of {newest.published}, and the grant uses"
        f" {profile_name(kept)} of {kept.published}: {'; '.join(words) or 'the addresses are equal'}. Update leastway,"
        f" or save {file} and name it as `platform`"
    )
    return (Note("platform", text),)
