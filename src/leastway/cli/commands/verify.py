"""`leastway verify`: the access itself, tried."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import grant_argument, json_flag

__all__ = ["command"]


@click.command(name="verify")
@grant_argument
@click.option(
    "--keys-from",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the keys of the platform's IAM users. Default: where apply leaves them.",
)
@click.option("--platform-profile", help="An AWS profile that is the platform's own principal, where it lends you one.")
@click.option("--from-listed", is_flag=True, help="This machine's address is one of the platform's listed ones.")
@json_flag
def command(
    grant: Path,
    keys_from: Path | None,
    platform_profile: str | None,
    from_listed: bool,
    as_json: bool,
) -> int:
    """Try the access that GRANT (grant.yaml) gives, as the platform would come in.

    What must work must work, and what must not is refused, for real. What cannot be tried from here is skipped, and
    says why: an address cannot be chosen on real AWS, and a trust role admits the platform only. Exits with 0 when all
    answers are as meant and, in each account, something that must work worked and something that must not was refused;
    3 when one differs; 4 when nobody knows.
    """
    from leastway.app.plan import make_plan
    from leastway.app.verify import caller_of, verify_grant
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit, verified_json
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.sightings import print_sightings
    from leastway.cli.render.verify import print_gaps, print_verified
    from leastway.verify import verdict

    with opened(grant, keys=keys_from) as work, TerminalProgress(quiet=as_json) as progress:
        caller = caller_of(work, profile=platform_profile, here_is_listed=from_listed)
        planned = make_plan(work, progress=progress)
        answers = verify_grant(work, planned, caller, progress=progress)
    if as_json:
        emit(verified_json(answers))
        print_gaps(console_on(stderr=True), answers)
    else:
        print_verified(console_on(), answers)
    print_sightings(console_on(stderr=as_json), planned.plan.told)
    return verdicts.of_verdict(verdict(answers))
