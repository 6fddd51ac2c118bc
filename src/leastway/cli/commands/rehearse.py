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
@click.option("--platform", is_flag=True, help="Rehearse the platform's server as well. Needs the extra `serve`.")
@json_flag
def command(grant: Path | None, example: str | None, platform: bool, as_json: bool) -> int:
    """Run the whole lifecycle of GRANT on an embedded AWS and Kubernetes.

    Plan, apply, verify as the platform, prove, plan again, revoke, restore, offboard, and check what is left. Nothing
    outside of this machine is called, and nothing is kept. Without GRANT: grant.yaml in this folder, else the example
    `seed`.

    With --platform, a server of the platform registers the grant's cloud accounts, checks them, takes sessions, is
    stopped and started, gets new keys by a rotation, sees the revocation and the restore, makes a bucket by a Terraform
    run (where terraform or tofu is installed) and removes it, deploys a workload to a cluster through an agent (where
    KUBEBUILDER_ASSETS names a real kube-apiserver) and removes it, and has its audit log verified.
    """
    from leastway.app.embedded import example_grant
    from leastway.app.rehearse import rehearse
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.rehearse import RehearsalDisplay, rehearsal_json
    from leastway.errors import ExitCode

    if grant is not None and example is not None:
        raise click.UsageError("give a grant or an example, not both")
    start = _server() if platform else None
    with example_grant(grant, example) as path, RehearsalDisplay(quiet=as_json) as display:
        display.opening(path)
        done = rehearse(path, display, start)
    if as_json:
        emit("rehearse", rehearsal_json(done))
    else:
        display.closing(done)
    return ExitCode.DONE if done.passed else ExitCode.NEGATIVE


def _server() -> StartPlatform:
    from leastway.cli.server_options import needs_server

    with needs_server():
        from leastway.service.rehearsal import rehearse_server
    return partial(rehearse_server, serve=_serve)


def _serve(server: Server) -> AbstractContextManager[str]:
    from leastway.api import serving_on_loopback

    return serving_on_loopback(server)
