"""`leastway score`: show what a Score file becomes."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.errors import ExitCode

__all__ = ["command"]


@click.command(name="score")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option(
    "--as",
    "form",
    type=click.Choice(["delta", "manifests"]),
    default="delta",
    show_default=True,
    help="The delta of a deployment set, for `POST /apps/APP/deltas`; or the objects of Kubernetes.",
)
@click.option("--app", "application", metavar="ID", default="app", help="The application, for manifests.")
@click.option("--env", "environment", metavar="ID", default="development", help="The environment, for manifests.")
@click.option("--namespace", metavar="NAME", help="The namespace, for manifests. Default: APP-ENV.")
def command(file: Path, form: str, application: str, environment: str, namespace: str | None) -> int:
    """Show what the workload in a Score file becomes.

    Nothing is deployed, and no server is asked: placeholders such as ${externals.db.host} stay as they are. Manifests
    are YAML documents, which `kubectl diff --filename -` compares with a cluster.
    """
    from leastway.app.score import DeployTarget, delta_of_file, manifests_of_file
    from leastway.cli.terminal import emit_document, say_lines

    if form == "delta":
        emit_document(delta_of_file(file).as_json())
        return ExitCode.DONE
    target = DeployTarget(application, environment, namespace or f"{application}-{environment}")
    say_lines(manifests_of_file(file, target))
    return ExitCode.DONE
