"""Show what another version of a platform's profile changes in a grant, offline.

1. Read the grant once for each profile, with all rules: a role may be outside of the new prefix.
2. Compile both. No cluster is read: the grant is compiled once for clusters that support access entries, and once for
   clusters with only aws-auth, which is the only difference between modes that the compiler depends on.
3. Assume that everything the old profile compiles to is installed, and plan the new one.

What is really installed may differ; `leastway plan` compares with it.
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
    """Return what a change from `old` to `new` does to the grant in the file `path`.

    Errors: GrantError where the grant is invalid with the profile that it names itself; InvalidInputError.
    """
    report = progress or Silent()
    report.phase("reading the grant", 3)
    named = load_grant(path)
    report.step(profile_name(named.platform))
    grants, refused = [], []
    for profile in (old, new):
        try:
            grants.append(load_grant(path, platform=profile))
        except GrantError as error:
            refused.append(RefusedProfile(profile, error.problems))
        report.step(profile_name(profile))
    if refused:
        return Upgrade(named.name, named.platform, refused=tuple(refused))
    before, after = grants
    report.phase("compiling and comparing", 2)
    found = []
    for modes in (_ENTRIES, _MAP_ALONE):
        old_one, new_one = compile_for_mode(before, modes[0]), compile_for_mode(after, modes[0])
        found.append(changes_in(modes, old_one.estate, new_one.estate, new_one.unreadable))
        report.step(" or ".join(mode.value for mode in modes))
    with_entries, with_map_alone = found
    return upgrade(named.name, named.platform, with_entries, with_map_alone)
