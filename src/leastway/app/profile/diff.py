"""What another version of a platform's profile does to a grant. Nothing is called.

1. Read the grant once for each profile, with all its rules: a role may be outside of the new prefix.
2. Compile both. No cluster is asked: the grant is compiled for clusters that know access entries, and for clusters
   that know aws-auth alone, which is all that the compiler asks of a mode.
3. Take what the old profile makes for what is installed, and plan the new one.

What is really installed may differ from what the old profile makes: that is for `leastway plan` to say.
"""

from __future__ import annotations

from pathlib import Path

from leastway.app.progress import Progress, Silent
from leastway.compiler import compile_for_mode
from leastway.estate import AuthMode
from leastway.grant import GrantError, Profile, load_grant, profile_name
from leastway.reconcile import RefusedProfile, Upgrade, changes_in, upgrade

__all__ = ["plan_upgrade"]

_ENTRIES = tuple(mode for mode in AuthMode if mode.has_entries)
_MAP_ALONE = tuple(mode for mode in AuthMode if not mode.has_entries)


def plan_upgrade(path: Path, old: Profile, new: Profile, *, progress: Progress | None = None) -> Upgrade:
    """Return what changing from `old` to `new` does to the grant in the file `path`.

    Errors: GrantError where the grant is refused under the very profile that it names; InvalidInputError.
    """
    told = progress or Silent()
    told.phase("reading the grant", 3)
    named = load_grant(path)
    told.step(profile_name(named.platform))
    grants, refused = [], []
    for profile in (old, new):
        try:
            grants.append(load_grant(path, platform=profile))
        except GrantError as error:
            refused.append(RefusedProfile(profile, error.problems))
        told.step(profile_name(profile))
    if refused:
        return Upgrade(named.name, named.platform, refused=tuple(refused))
    before, after = grants
    told.phase("compiling and comparing", 2)
    found = []
    for modes in (_ENTRIES, _MAP_ALONE):
        old_one, new_one = compile_for_mode(before, modes[0]), compile_for_mode(after, modes[0])
        found.append(changes_in(modes, old_one.estate, new_one.estate, new_one.unreadable))
        told.step(" or ".join(mode.value for mode in modes))
    with_entries, with_map_alone = found
    return upgrade(named.name, named.platform, with_entries, with_map_alone)
