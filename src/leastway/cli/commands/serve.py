"""`leastway serve`: the platform's server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.terminal import emit_secret, say

if TYPE_CHECKING:
    from leastway.api import Running
    from leastway.primitives import Secret
    from leastway.service import ServerSettings

__all__ = ["command"]

_PORT = 8470


@click.command(name="serve")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="The server's data: the database, the wrapping key. Default: STATE_DIRECTORY of systemd, else `server` in "
    "leastway's state folder.",
)
@click.option(
    "--database",
    metavar="URL",
    envvar="LEASTWAY_DATABASE",
    show_envvar=True,
    help="A PostgreSQL database, which several processes can share. Default: a SQLite file in the data folder.",
)
@click.option(
    "--role",
    type=click.Choice(["all", "api", "worker", "signer"]),
    default="all",
    show_default=True,
    help="What this process does.",
)
@click.option(
    "--listen",
    default=f"127.0.0.1:{_PORT}",
    show_default=True,
    metavar="ADDRESS:PORT",
    help="Where to listen. An address that is not loopback needs TLS.",
)
@click.option(
    "--tls-certificate",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The certificate chain, as PEM.",
)
@click.option(
    "--tls-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The key of the certificate, as PEM.",
)
@click.option(
    "--organization",
    default="default",
    show_default=True,
    metavar="ID",
    help="The id of the organization that the first start creates.",
)
def command(
    data: Path | None,
    database: str | None,
    role: str,
    listen: str,
    tls_certificate: Path | None,
    tls_key: Path | None,
    organization: str,
) -> int:
    """Run the platform's server.

    It keeps credentials, hands out temporary ones, and records who used what. The first start creates an organization
    and a token for its owner: on a terminal the token is shown once, elsewhere it is written to `owner-token` in the
    data folder.

    It stops in order on SIGTERM and Ctrl-C.
    """
    try:
        from leastway.api import Listening, run
        from leastway.api.logs import log_to_standard_error
    except ModuleNotFoundError as error:
        raise _not_installed(error) from error
    from leastway.service import ServerSettings, open_server
    from leastway.service.server import ServerRole

    listening = Listening(*_address(listen), tls_certificate, tls_key)
    settings = ServerSettings(data or _default_data(), _without_password(database), ServerRole(role), organization)
    log_to_standard_error()
    with open_server(settings, lambda token: _tell(token, settings)) as server:
        try:
            run(server, listening, _ready)
        except KeyboardInterrupt:  # uvicorn raises the signal again when everything has stopped
            say("stopped", err=True)
    return 0


def _ready(running: Running) -> None:
    say(f"leastway serves {running.url}", err=True)


def _tell(token: Secret, settings: ServerSettings) -> None:
    """Show the owner's token, or write it where only this user can read it: standard output may be a journal."""
    if sys.stdout.isatty():
        say(f"The owner's token of the organization {settings.organization}, shown this once:", err=True)
        emit_secret(token.reveal() + "\n")
        return
    from leastway.primitives import write_private

    path = settings.data / "owner-token"
    write_private(path, token.reveal() + "\n")
    say(f"the owner's token is in {path}: move it to a safe place", err=True)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter(f"{text!r} is not ADDRESS:PORT", param_hint="--listen")
    return host.strip("[]"), int(port)


def _without_password(database: str | None) -> str | None:
    """Refuse a password where every user of the machine can read it."""
    given = any(argument.startswith("--database") for argument in sys.argv)
    if database and given and "@" in database and ":" in database.partition("://")[2].rpartition("@")[0]:
        raise click.UsageError(
            "the database URL has a password, which every user of this machine can see: give the URL in "
            "LEASTWAY_DATABASE, or the password in a .pgpass file"
        )
    return database


def _default_data() -> Path:
    from leastway.app.settings import Settings

    folder = os.environ.get("STATE_DIRECTORY")
    return Path(folder) if folder else Settings.from_environment().state / "server"


def _not_installed(error: ModuleNotFoundError) -> Exception:
    from leastway.errors import LeastwayError

    return LeastwayError(
        f"the server needs {error.name}, which is not installed", fix="run: pip install 'leastway[serve]'"
    )
