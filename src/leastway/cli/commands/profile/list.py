"""`leastway profile list`: list the bundled profiles, one version per line."""

from __future__ import annotations

import click

from leastway.cli.options import json_flag

__all__ = ["command"]


@click.command(name="list")
@json_flag
def command(as_json: bool) -> int:
    """List the bundled profiles, each with its versions from the oldest to the latest."""
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.profile.profiles import print_profiles, profiles_json
    from leastway.errors import ExitCode
    from leastway.grant import bundled_profiles

    if as_json:
        emit("profile-list", {"profiles": profiles_json(bundled_profiles())})
    else:
        print_profiles(console_on(), bundled_profiles())
    return ExitCode.DONE
