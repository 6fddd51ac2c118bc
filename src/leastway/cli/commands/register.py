"""`leastway register`: register the grant with the platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import confirm, grant_argument, json_flag, keys_from_option, yes_flag

if TYPE_CHECKING:
    from leastway.app.register import PlannedRegistration

__all__ = ["command"]


@click.command(name="register")
@grant_argument
@click.option("--check", "checks", is_flag=True, help="Change nothing; exit with 3 where the platform differs.")
@click.option("--adopt", is_flag=True, help="Also change objects of these ids that may belong to others.")
@click.option(
    "--send-secrets", "resend", is_flag=True, help="Send credentials and secrets again, which cannot be read back."
)
@click.option(
    "--secrets",
    "secrets_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A JSON object of secrets by name, in a file of mode 0600: passwords and keys of module repositories.",
)
@keys_from_option
@yes_flag
@json_flag
def command(
    grant: Path,
    checks: bool,
    adopt: bool,
    resend: bool,
    secrets_file: Path | None,
    keys_from: Path | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Register GRANT (grant.yaml) with the platform: cloud accounts, resource definitions and their criteria.

    The platform is Humanitec's API, or leastway's server: HUMANITEC_ORG, HUMANITEC_TOKEN and HUMANITEC_API_PREFIX name
    it, else LEASTWAY_URL with LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN, else ~/.humctl. What it has is compared and shown
    first. Nothing of others is changed. The command can be interrupted at any point; run it again to continue.

    Exits with 1 when something could not be registered, 3 when the platform's own check of an account fails.
    """
    from leastway.app.register import open_api, plan_registration, read_secrets, register
    from leastway.app.wiring import opened
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.register import (
        print_registration,
        print_result,
        print_summary,
        registration_json,
        results_json,
    )

    secrets = read_secrets(secrets_file) if secrets_file is not None else None
    api = open_api()
    with opened(grant, keys=keys_from) as open_grant:
        planned = plan_registration(open_grant, api, secrets=secrets, adopt=adopt, resend=resend)
    if not as_json:
        print_registration(console_on(), planned)
    if checks or not planned.changes:
        if as_json:
            emit("register", {"plan": registration_json(planned), "results": []})
        return _verdict(planned, failed=False, differs=checks)
    confirm(f"Make these {len(planned.changes)} changes at {planned.url}?", yes=yes)
    done = []
    for one, error in register(api, planned):
        done.append((one, error))
        if not as_json:
            print_result(console_on(), one, error)
    if as_json:
        emit("register", {"plan": registration_json(planned), "results": results_json(done)})
    else:
        print_summary(console_on(), planned, done)
    return _verdict(planned, failed=any(error is not None for _, error in done), differs=False)


def _verdict(planned: PlannedRegistration, *, failed: bool, differs: bool) -> int:
    """Return the exit code; `differs`: objects that are not registered count as a difference."""
    from leastway.errors import ExitCode
    from leastway.humanitec import CheckResult, Registering

    is_blocked = any(one.change is Registering.BLOCKED for one in planned.objects)
    if differs and (planned.changes or is_blocked):
        return ExitCode.NEGATIVE
    if failed or is_blocked:
        return ExitCode.INCOMPLETE
    if any(one.check is CheckResult.FAILS for one in planned.objects):
        return ExitCode.NEGATIVE
    return ExitCode.DONE
