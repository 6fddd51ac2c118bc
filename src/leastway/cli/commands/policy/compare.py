"""`leastway policy compare`: prove that one set of policies allows no more than another, or show a counterexample."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import json_flag

__all__ = ["command"]

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)


@click.command(name="compare")
@click.argument("new", type=_FILE)
@click.argument("old", type=_FILE)
@click.option(
    "--principal", metavar="ARN", help="Compare for this principal. Default: for any principal with the policies."
)
@click.option("--resource-account", metavar="ID", help="The account that owns the resources.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="S",
    help="Seconds until the verdict is unknown.",
)
@json_flag
def command(
    new: Path, old: Path, principal: str | None, resource_account: str | None, timeout: float, as_json: bool
) -> int:
    """Prove that NEW allows nothing that OLD does not allow, or show a request that only NEW allows.

    Each is a policy, or an object with identity_policies, resource_policy, permission_boundary, session_policy, scps
    and rcps, in the format of `policy test`. A wildcard means the actions of the catalog, whose date is printed.

    Exits with 0 when it is proved, 3 when it is refuted, 4 when it is unknown.
    """
    from leastway.app.policy.compare import compare_files
    from leastway.cli.render.policy.compare import exit_code_of, print_verdict

    verdict = compare_files(new, old, principal=principal, resource_account=resource_account, timeout=timeout)
    print_verdict(verdict, as_json=as_json)
    return exit_code_of(verdict)
