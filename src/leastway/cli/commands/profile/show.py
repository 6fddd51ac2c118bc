"""`leastway profile show`: print one profile."""

from __future__ import annotations

import click

from leastway.cli.options import json_flag

__all__ = ["command"]


@click.command(name="show")
@click.argument("profile")
@click.argument("version", required=False)
@json_flag
def command(profile: str, version: str | None, as_json: bool) -> int:
    """Print PROFILE: NAME for the latest bundled version, NAME VERSION or NAME@VERSION for another, or a file's path.

    The output is a valid profile: save it next to a grant to start a profile of your own.
    """
    from leastway.cli.render.profile.profiles import profile_json, profile_text
    from leastway.cli.terminal import emit, say_lines
    from leastway.errors import ExitCode
    from leastway.grant import named_profile

    if version is not None and "@" in profile:
        raise click.UsageError(f"{profile} already contains a version")
    found = named_profile(profile if version is None else f"{profile}@{version}")
    if as_json:
        emit("profile-show", profile_json(found))
    else:
        say_lines(profile_text(found).removesuffix("\n"))
    return ExitCode.DONE
