"""`leastway profile diff`: show what differs between two profiles, and what that changes in a grant."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import json_flag

__all__ = ["command"]

_GRANT = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command(name="diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("grant", type=_GRANT, required=False, metavar="[GRANT]")
@json_flag
def command(old: str, new: str, grant: Path | None, as_json: bool) -> int:
    """Show what differs from profile OLD to NEW, each a NAME, NAME@VERSION, or the path of a file.

    With GRANT, also show which of its objects an upgrade changes, and how: what `plan` would show if everything that
    the grant needs with OLD were installed. Nothing is called; changes that depend on the authentication mode of a
    cluster are shown for each mode.

    Exits with 0 when nothing differs, 3 when something does.
    """
    from leastway.app.profile.diff import plan_upgrade
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.profile.profiles import print_difference
    from leastway.cli.render.profile.upgrade import difference_json, print_upgrade
    from leastway.errors import ExitCode
    from leastway.grant import diff_profiles, named_profile

    before, after = named_profile(old), named_profile(new)
    change = diff_profiles(before, after)
    upgrade = None
    if grant is not None:
        with TerminalProgress(quiet=as_json) as progress:
            upgrade = plan_upgrade(grant, before, after, progress=progress)
    if as_json:
        emit("profile-diff", difference_json(before, after, change, upgrade))
    else:
        print_difference(console_on(), before, after, change)
        if upgrade is not None:
            print_upgrade(console_on(), upgrade)
    return ExitCode.NEGATIVE if change or (upgrade is not None and not upgrade.is_empty) else ExitCode.DONE
