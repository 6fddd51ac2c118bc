"""`leastway state`: the Terraform states that the platform's server keeps."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leastway.cli.options import json_flag
from leastway.cli.terminal import emit, emit_secret, say

if TYPE_CHECKING:
    from leastway.app.states import ServerStates

__all__ = ["command"]

_organization = click.option("--organization", metavar="ID", help="Default: the organization of the token.")
_reason = click.option("--reason", required=True, help="Why, for the audit log.")


@click.group(name="state")
def command() -> None:
    """List, show and restore the Terraform states that the platform's server keeps.

    The server is named by LEASTWAY_URL, and the token by LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN. STATE is the id of a
    resource (guresid), as `list` prints it. Owners alone see versions, restore and reveal.
    """


@command.command(name="list")
@_organization
@json_flag
def list_states(organization: str | None, as_json: bool) -> None:
    """List the states. Each has the number and time of its current version."""
    found = _states(organization).every()
    if as_json:
        emit("state-list", {"states": [dict(one) for one in found]})
        return
    if not found:
        say("there is no state")
    for one in found:
        if one["current_version"] is None:
            say(f"{one['id']}  not written yet  {one['title']}")
        else:
            say(f"{one['id']}  version {one['current_version']}  {one['written_at']}  {one['title']}")


@command.command(name="show")
@click.argument("state")
@click.option("--version", type=int, help="Default: the current one.")
@_organization
@json_flag
def show(state: str, version: int | None, organization: str | None, as_json: bool) -> None:
    """Show the resources and outputs in STATE, with secrets masked.

    Of the attributes, only identifying ones such as `id` and `arn` are shown; the others are counted.
    """
    shown = _states(organization).show(state, version)
    if as_json:
        emit("state-show", shown)
        return
    say(shown["title"])
    if shown["version"] is None:
        say("not written yet")
        return
    say(_version(shown["version"]))
    if shown["lock"] is not None:
        say(f"run {shown['lock']['run']} holds its lock since {shown['lock']['locked_at']}")
    if shown["is_encrypted"]:
        say("it is encrypted by OpenTofu, so nothing of it can be shown")
    for resource in shown["resources"]:
        for instance in resource["instances"]:
            say(_instance(resource["address"], instance))
    for name, value in shown["outputs"].items():
        say(f"output {name} = {value}")


@command.command(name="versions")
@click.argument("state")
@_organization
@json_flag
def versions(state: str, organization: str | None, as_json: bool) -> None:
    """List the versions of STATE that are kept, the newest first."""
    found = _states(organization).versions(state)
    if as_json:
        emit("state-versions", {"versions": [dict(one) for one in found]})
        return
    if not found:
        say("not written yet")
    for one in found:
        say(_version(one))


@command.command(name="restore")
@click.argument("state")
@click.option("--version", type=int, required=True, help="The version to go back to.")
@_reason
@_organization
@json_flag
def restore(state: str, version: int, reason: str, organization: str | None, as_json: bool) -> None:
    """Make an earlier version of STATE the current one.

    It becomes a new version, with a higher serial. Nothing changes on AWS: the next run plans from it. Refused while a
    run holds the lock.
    """
    made = _states(organization).restore(state, version, reason)
    if as_json:
        emit("state-restore", made)
        return
    say(_version(made))


@command.command(name="reveal")
@click.argument("state")
@click.option("--version", type=int, help="Default: the current one.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A new file, which gets mode 0600. Default: standard output.",
)
@_reason
@_organization
def reveal(state: str, version: int | None, output: Path | None, reason: str, organization: str | None) -> None:
    """Print STATE as Terraform wrote it, with its secrets. The server records who did it, and why."""
    if output is None and sys.stdout.isatty():
        raise click.UsageError("a state has secrets, which would stay on the terminal: give --output FILE")
    if output is not None and output.exists():
        raise click.UsageError(f"{output} exists: give a new file")
    content = _states(organization).reveal(state, version, reason)
    if output is None:
        emit_secret(content.reveal())
        return
    from leastway.errors import LeastwayError
    from leastway.primitives import write_private

    try:
        write_private(output, content.reveal())
    except OSError as error:
        what = f"it cannot be written: {(error.strerror or 'unknown error').lower()}"
        raise LeastwayError(what, where=str(output), fix="give another file") from error
    say(f"{output}: it has secrets; delete it when you no longer need it", err=True)


def _states(organization: str | None) -> ServerStates:
    from leastway.app.server_client import ServerClient
    from leastway.app.states import ServerStates

    return ServerStates(ServerClient.from_environment(), organization)


def _version(one: Mapping[str, Any]) -> str:
    by = f"by run {one['run']}" if one["run"] else f"by user {one['user']}"
    back = f", restored from version {one['restored_from']}" if one["restored_from"] else ""
    return f"version {one['version']}  serial {one['serial']}  {one['size']:,} bytes  {one['written_at']}  {by}{back}"


def _instance(address: str, instance: Mapping[str, Any]) -> str:
    index = instance.get("index")
    place = address if index is None else f"{address}[{index}]"
    shown = "  ".join(f"{name}={value}" for name, value in instance["shown"].items())
    status = f"  {instance['status']}" if "status" in instance else ""
    return f"{place}{status}  {shown}  ({instance['hidden']} attributes hidden)"
