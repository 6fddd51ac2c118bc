"""`leastway verify`: try the access itself."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import (
    account_option,
    cluster_option,
    from_listed_flag,
    grant_argument,
    json_flag,
    junit_option,
    keys_from_option,
    log_options,
    platform_profile_option,
)

__all__ = ["command"]


@click.command(name="verify")
@grant_argument
@keys_from_option
@platform_profile_option
@from_listed_flag
@click.option(
    "--address-from",
    metavar="URL",
    help="An echo service, such as https://checkip.amazonaws.com, that says which address this machine calls from.",
)
@account_option
@cluster_option
@log_options
@junit_option
@json_flag
def command(
    grant: Path,
    keys_from: Path | None,
    platform_profile: str | None,
    from_listed: bool,
    address_from: str | None,
    accounts: tuple[str, ...],
    clusters: tuple[str, ...],
    junit: Path | None,
    as_json: bool,
) -> int:
    """Try the access that GRANT (grant.yaml) gives, as the platform would use it.

    Real requests check that what must be allowed is allowed, and that what must be denied is denied. What cannot be
    tried from here is skipped, with the reason: the source address cannot be chosen on real AWS, and a trust role
    admits only the platform. Whether this machine's address is a listed one, --from-listed states, or --address-from
    finds out.

    Exits with 0 when all answers are as expected and each account has one request that was allowed and one that was
    denied, as they must be; 3 when an answer differs; 4 when the result is unknown.
    """
    from leastway.app.open_grant import targeting
    from leastway.app.plan import make_plan
    from leastway.app.verify import caller_of, verify_grant, where_we_are
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit, not_included_json, verified_json
    from leastway.cli.render.junit import verify_cases, write_junit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_left_out, print_notes
    from leastway.cli.render.sightings import print_sightings
    from leastway.cli.render.verify import print_gaps, print_verified
    from leastway.cli.terminal import say
    from leastway.reconcile import revocation_notes
    from leastway.verify import verdict

    if from_listed and address_from is not None:
        raise click.UsageError("give --from-listed or --address-from, not both")
    with opened(grant, keys=keys_from) as whole_grant, TerminalProgress(quiet=as_json) as progress:
        open_grant = targeting(whole_grant, accounts, clusters)
        here = None if address_from is None else where_we_are(open_grant, address_from)
        if here is not None:
            say(str(here), err=True)
        here_is_listed = from_listed or (here is not None and here.is_listed)
        caller = caller_of(open_grant, profile=platform_profile, here_is_listed=here_is_listed)
        planned = make_plan(open_grant, progress=progress)
        answers = verify_grant(open_grant, planned, caller, progress=progress)
    if junit:
        write_junit(junit, "leastway verify", verify_cases(answers))
    if as_json:
        emit(
            "verify",
            {"answers": verified_json(answers), "not_included": not_included_json(planned.plan.left_out)},
        )
        print_gaps(console_on(stderr=True), answers)
    else:
        print_verified(console_on(), answers)
    print_sightings(console_on(stderr=as_json), planned.plan.open_sightings)
    print_left_out(console_on(stderr=as_json), planned.plan.left_out)
    print_notes(console_on(stderr=as_json), revocation_notes(planned.revocations))
    return verdicts.of_verdict(verdict(answers))
