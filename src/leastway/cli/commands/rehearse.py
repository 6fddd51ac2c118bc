"""`leastway rehearse`: run the whole lifecycle of a grant before any real account is changed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import GrantPath, json_flag

if TYPE_CHECKING:
    from leastway.app.rehearse import StartPlatform
    from leastway.service import Server

__all__ = ["command"]


@click.command(name="rehearse")
@click.argument("grant", type=GrantPath(), required=False, metavar="[GRANT]")
@click.option("--example", help="Rehearse a bundled example: seed, or two-accounts.")
@click.option(
    "--platform/--no-platform",
    default=None,
    help="Rehearse the platform's server as well (extra `serve`), or not. Default: where its runs work on this "
    "machine, with terraform or tofu and a sandbox.",
)
@json_flag
def command(grant: Path | None, example: str | None, platform: bool | None, as_json: bool) -> int:
    """Run the whole lifecycle of GRANT on an embedded AWS and Kubernetes.

    Plan, apply, verify as the platform, prove, plan again, revoke, restore, offboard, and check what is left. Nothing
    outside of this machine is called, and nothing is kept. Without GRANT: grant.yaml in this folder, else the example
    `seed`.

    Where terraform or tofu is installed and a sandbox works, or with --platform, a server of the platform takes part.
    It registers the grant's cloud accounts, checks them, takes sessions, is stopped and started, gets new keys by a
    rotation, sees the revocation and the restore, makes a bucket by a Terraform run and removes it, deploys a workload
    to a cluster through an agent (where KUBEBUILDER_ASSETS names a real kube-apiserver) and removes it, and has its
    audit log verified.
    """
    from leastway.app.embedded import example_grant
    from leastway.app.rehearse import rehearse
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.rehearse import RehearsalDisplay, rehearsal_json
    from leastway.errors import ExitCode

    if grant is not None and example is not None:
        raise click.UsageError("give a grant or an example, not both")
    start, missing = _server_where_it_works() if platform is None else (_server() if platform else None, None)
    with example_grant(grant, example) as path, RehearsalDisplay(quiet=as_json) as display:
        display.opening(path)
        done = rehearse(path, display, start)
    if as_json:
        emit("rehearse", rehearsal_json(done, missing))
    else:
        display.closing(done, missing)
    return ExitCode.DONE if done.passed else ExitCode.NEGATIVE


def _server_where_it_works() -> tuple[StartPlatform | None, str | None]:
    """Return how the platform's server is started, or None with what this machine lacks for its runs, in words."""
    from leastway.errors import LeastwayError
    from leastway.terraform import find_program

    try:
        find_program(None)  # before a server is imported in vain
        start = _server()
        from leastway.service.rehearsed_run import check_machine

        check_machine()
    except LeastwayError as error:
        return None, error.what
    except OSError as error:
        return None, str(error)
    return start, None


def _server() -> StartPlatform:
    from leastway.cli.server_options import needs_server

    with needs_server():
        import leastway.api  # noqa: F401 - an agent connects to it, at the end
        from leastway.service.rehearsal import rehearse_server
    return partial(rehearse_server, serve=_serve)


def _serve(server: Server) -> AbstractContextManager[str]:
    from leastway.api import serving_on_loopback

    return serving_on_loopback(server)
