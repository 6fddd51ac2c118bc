"""`leastway serve`: the platform's server."""

from __future__ import annotations

import ipaddress
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.commands.server.add_organization import tell_token
from leastway.cli.server_options import SettingsOf, data_options, not_installed
from leastway.cli.terminal import say

if TYPE_CHECKING:
    from leastway.api import Running
    from leastway.primitives import Secret
    from leastway.service import Server

__all__ = ["command"]

_PORT = 8470


@click.command(name="serve")
@data_options
@click.option(
    "--role",
    type=click.Choice(["all", "api", "signer"]),
    default="all",
    show_default=True,
    help="What this process does: answer requests (api), sign and copy the audit logs (signer), or both.",
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
@click.option(
    "--platform",
    default="humanitec",
    show_default=True,
    metavar="PROFILE",
    help="The platform whose facts count (principal, addresses, role prefix): a bundled profile, or the path of one.",
)
@click.option("--region", metavar="REGION", help="The region of the server's AWS calls. Default: the configured one.")
@click.option(
    "--identity",
    metavar="ORGANIZATION/ACCOUNT",
    help="A cloud account of type aws whose key is the server's own identity on AWS. Default: the ambient credentials.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name of this server behind a proxy that ends TLS: requests for credentials may carry it. Repeatable.",
)
@click.option(
    "--outgoing-address",
    metavar="ADDRESS",
    help="The address from which the server calls AWS, to compare with the platform's list.",
)
@click.option(
    "--address-from",
    metavar="URL",
    help="An echo service, such as https://checkip.amazonaws.com, that says that address.",
)
@click.option(
    "--audit-copy",
    metavar="FOLDER|s3://BUCKET/PREFIX",
    help="A folder or a bucket that gets a copy of every audit log. It is never waited for.",
)
@click.option(
    "--audit-witness",
    "witness_urls",
    multiple=True,
    metavar="URL",
    help="A witness that is asked to sign the audit logs (c2sp.org/tlog-witness). It is never waited for. Repeatable.",
)
@click.option(
    "--audit-witness-key",
    "witness_keys",
    multiple=True,
    metavar="KEY",
    help="The verifier key of the witness, in the same order.",
)
def command(
    settings_of: SettingsOf,
    role: str,
    listen: str,
    tls_certificate: Path | None,
    tls_key: Path | None,
    organization: str,
    platform: str,
    region: str | None,
    identity: str | None,
    hosts: tuple[str, ...],
    outgoing_address: str | None,
    address_from: str | None,
    audit_copy: str | None,
    witness_urls: tuple[str, ...],
    witness_keys: tuple[str, ...],
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
        raise not_installed(error) from error
    from leastway.service import open_server
    from leastway.service.server import ServerRole

    if len(witness_urls) != len(witness_keys):
        raise click.UsageError("give --audit-witness-key once for each --audit-witness")
    listening = Listening(*_address(listen), tls_certificate, tls_key)
    settings = settings_of(
        role=ServerRole(role),
        organization=organization,
        platform=platform,
        region=region,
        identity=identity,
        hosts=frozenset(name.lower() for name in hosts),
        outgoing_address=_known_address(outgoing_address),
        address_from=address_from,
        audit_copy=audit_copy,
        audit_witnesses=tuple(zip(witness_urls, witness_keys, strict=True)),
    )
    log_to_standard_error()

    def tell(token: Secret) -> None:
        tell_token(token, settings.organization, settings.data / "owner-token")

    with open_server(settings, tell) as server:
        _compare_address(server)
        threading.Thread(target=_tell_identity, args=(server,), name="own-identity", daemon=True).start()
        try:
            run(server, listening, _ready)
        except KeyboardInterrupt:  # uvicorn raises the signal again when everything has stopped
            say("stopped", err=True)
    return 0


def _compare_address(server: Server) -> None:
    """Say whether the server's address is a listed one, if it is known; it serves either way."""
    from leastway.errors import LeastwayError
    from leastway.service.outgoing import find_outgoing

    if server.settings.outgoing_address is None and server.settings.address_from is None:
        return
    try:
        say(str(find_outgoing(server.settings, server.platform)), err=True)
    except LeastwayError as error:
        say(f"the outgoing address is not known: {error}", err=True)


def _tell_identity(server: Server) -> None:
    """Name the server's identity on AWS, without waiting for it: AWS may not be reachable yet."""
    from leastway.service.own_identity import report_own_identity

    for line in report_own_identity(server).lines:
        say(line, err=True)


def _ready(running: Running) -> None:
    say(f"leastway serves {running.url}", err=True)


def _known_address(text: str | None) -> str | None:
    try:
        return None if text is None else str(ipaddress.ip_address(text))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an IP address", param_hint="--outgoing-address") from None


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter(f"{text!r} is not ADDRESS:PORT", param_hint="--listen")
    return host.strip("[]"), int(port)
