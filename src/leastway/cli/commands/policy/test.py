"""`leastway policy test`: run unit tests of policies."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import json_flag, junit_option

__all__ = ["command"]


@click.command(name="test")
@click.argument(
    "files",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    nargs=-1,
    required=True,
    metavar="FILE...",
)
@junit_option
@json_flag
def command(files: tuple[Path, ...], junit: Path | None, as_json: bool) -> int:
    """Compare decisions with those that FILE expects, one JSON object per line.

    An object has identity_policies, resource_policy, permission_boundary, session_policy, scps and rcps (all optional),
    principal, action, resource, resource_account, context_keys, and expected: Allowed, ImplicitlyDenied or
    ExplicitlyDenied. Failed cases are explained.

    Exits with 0 when all cases passed, 2 when a line is not a valid case, 3 when a case failed.
    """
    from leastway.app.policy.test import run_case_files
    from leastway.cli.render.junit import policy_cases, write_junit
    from leastway.cli.render.policy.test import print_run

    run = run_case_files(files)
    if junit:
        write_junit(junit, "leastway policy test", policy_cases(run))
    print_run(run, as_json=as_json)
    return run.exit_code
