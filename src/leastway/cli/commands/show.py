"""`leastway show`: show what to give to the platform."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import account_option, cluster_option, grant_argument, json_flag, keys_from_option

__all__ = ["command"]


@click.command(name="show")
@grant_argument
@keys_from_option
@account_option
@cluster_option
@json_flag
def command(
    grant: Path, keys_from: Path | None, accounts: tuple[str, ...], clusters: tuple[str, ...], as_json: bool
) -> None:
    """Show what to give to the platform for GRANT (grant.yaml): roles, external ids, keys, and what to register.

    It is what apply prints at its end. Nothing is called: external ids are those of the grant and of leastway's store,
    so run `leastway status` to see whether they are installed. Keys are shown as the paths of their files.
    """
    from leastway.app.hand_over import known_hand_over
    from leastway.app.open_grant import targeting
    from leastway.app.wiring import opened
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.hand_over import hand_over_json, print_hand_over
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_left_out

    with opened(grant, keys=keys_from, writes=False) as whole_grant:
        found = known_hand_over(targeting(whole_grant, accounts, clusters))
    if as_json:
        emit("show", hand_over_json(found))
    else:
        print_hand_over(console_on(), found)
        print_left_out(console_on(), found.left_out)
