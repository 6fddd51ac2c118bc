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


def _address(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter(f"{text!r} is not ADDRESS:PORT")
    return host.strip("[]"), int(port)


def _known_address(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    try:
        return None if text is None else str(ipaddress.ip_address(text))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an IP address") from None


def _user(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    uid, _, gid = text.partition(":")
    if not (
        uid.isascii() and uid.isdigit() and gid.isascii() and gid.isdigit() and 0 < int(uid) < 2**32 > int(gid) > 0
    ):
        raise click.BadParameter(f"{text!r} is not UID:GID, two numbers above 0")
    return int(uid), int(gid)


def _private_networks(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_private_network, texts))


def _private_network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not an address block, such as 10.1.2.0/24") from error
    for closed in map(ipaddress.ip_network, ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10", "::ffff:0:0/96")):
        if network.version == closed.version and network.overlaps(closed):
            raise click.BadParameter(f"{text!r} overlaps {closed}, where this machine itself is")
    return str(network)


@click.command(name="serve")
@data_options
@click.option(
    "--role",
    type=click.Choice(["all", "api", "signer", "worker"]),
    default="all",
    show_default=True,
    help="What this process does: answer requests (api), sign and copy the audit logs (signer), only carry out durable "
    "steps (worker), or everything.",
)
@click.option(
    "--listen",
    default=f"127.0.0.1:{_PORT}",
    show_default=True,
    callback=_address,
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
    callback=_known_address,
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
@click.option(
    "--check-modules",
    is_flag=True,
    help="Fetch the repositories that definitions name, in a sandbox, and warn of what does not fit in their modules.",
)
@click.option(
    "--run-tools",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="The programs of runs (tofu, terraform, and what modules call), and a mirror of providers. Default: PATH.",
)
@click.option(
    "--run-folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where runs work, which the user of their sandboxes must reach. Default: in the data folder; for root, below "
    "/var/tmp.",
)
@click.option(
    "--run-path",
    "run_paths",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    metavar="PATH",
    help="What modules see of this machine besides its programs and libraries, read-only. Repeatable.",
)
@click.option(
    "--run-source-host",
    "run_source_hosts",
    multiple=True,
    metavar="NAME",
    help="A host of module sources that may have a private address. Repeatable.",
)
@click.option(
    "--run-source-ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The certificates that https hosts of module sources are verified with, as PEM. Default: the machine's.",
)
@click.option(
    "--run-private-network",
    "run_private_networks",
    multiple=True,
    callback=_private_networks,
    metavar="BLOCK",
    help="A private network in which runs find endpoints of AWS (PrivateLink), such as 10.1.2.0/24. Repeatable.",
)
@click.option(
    "--run-user",
    callback=_user,
    metavar="UID:GID",
    help="The user of the sandboxes, by number, for a server that is root; never 0. Default: one that owns nothing.",
)
@click.option(
    "--run-control-group",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="A control group that was delegated to the server, for the memory and the processes of runs.",
)
@click.option(
    "--run-pods",
    metavar="NAMESPACE",
    help="Let runs work in pods of this namespace, for machines where bubblewrap cannot: leastway explain isolation.",
)
@click.option(
    "--run-image",
    metavar="NAME@sha256:DIGEST",
    help="The image of these pods. It has Python 3.11 and the programs of runs, at the same paths as here.",
)
@click.option(
    "--run-runtime-class",
    metavar="NAME",
    help="The runtime class of these pods, which isolates the kernel, such as gvisor or kata.",
)
@click.option(
    "--run-kubeconfig",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The cluster of these pods: a kubeconfig with a token. Default: the ServiceAccount of the server's own pod.",
)
@click.option(
    "--run-unsafe-reason",
    metavar="TEXT",
    help="Let runs work without isolation, for this written reason. They then see this machine and its network.",
)
def command(
    settings_of: SettingsOf,
    role: str,
    listen: tuple[str, int],
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
    check_modules: bool,
    run_tools: Path | None,
    run_folder: Path | None,
    run_paths: tuple[Path, ...],
    run_source_hosts: tuple[str, ...],
    run_source_ca: Path | None,
    run_private_networks: tuple[str, ...],
    run_user: tuple[int, int] | None,
    run_control_group: Path | None,
    run_pods: str | None,
    run_image: str | None,
    run_runtime_class: str | None,
    run_kubeconfig: Path | None,
    run_unsafe_reason: str | None,
) -> int:
    """Run the platform's server.

    It keeps credentials, hands out temporary ones, and records who used what. The first start creates an organization
    and a token for its owner: on a terminal the token is shown once, elsewhere it is written to `owner-token` in the
    data folder.

    It stops in order on SIGTERM and Ctrl-C.
    """
    if len(witness_urls) != len(witness_keys):
        raise click.UsageError("give --audit-witness-key once for each --audit-witness")
    if run_pods is not None and (
        run_unsafe_reason is not None or run_user is not None or run_control_group is not None
    ):
        raise click.UsageError("--run-user, --run-control-group and --run-unsafe-reason do not apply with --run-pods")
    if run_pods is None and (run_image is not None or run_runtime_class is not None or run_kubeconfig is not None):
        raise click.UsageError("--run-image, --run-runtime-class and --run-kubeconfig need --run-pods")
    if run_pods is not None and run_image is None:
        raise click.UsageError("--run-pods needs --run-image")
    try:
        from leastway.api import Listening, run
        from leastway.api.logs import log_to_standard_error
    except ModuleNotFoundError as error:
        raise not_installed(error) from error
    from leastway.isolation import HostUser
    from leastway.service import open_server
    from leastway.service.settings import RunPods, ServerRole

    listening = Listening(*listen, tls_certificate, tls_key)
    pods = None
    if run_pods is not None and run_image is not None:
        pods = RunPods(run_pods, run_image, run_runtime_class, run_kubeconfig)
    settings = settings_of(
        role=ServerRole(role),
        organization=organization,
        platform=platform,
        region=region,
        identity=identity,
        hosts=frozenset(name.lower() for name in hosts),
        outgoing_address=outgoing_address,
        address_from=address_from,
        audit_copy=audit_copy,
        audit_witnesses=tuple(zip(witness_urls, witness_keys, strict=True)),
        checks_modules=check_modules,
        run_tools=None if run_tools is None else run_tools.absolute(),
        run_folder=None if run_folder is None else run_folder.absolute(),
        run_paths=tuple(path.absolute() for path in run_paths),
        run_source_hosts=run_source_hosts,
        run_source_ca=run_source_ca,
        run_private_networks=run_private_networks,
        run_user=None if run_user is None else HostUser(*run_user),
        run_control_group=None if run_control_group is None else run_control_group.absolute(),
        run_unsafe_reason=run_unsafe_reason,
        run_pods=pods,
    )
    log_to_standard_error()

    def tell(token: Secret) -> None:
        tell_token(token, settings.organization, settings.data / "owner-token")

    is_stopped = False
    with open_server(settings, tell) as server:
        _compare_address(server)
        if settings.role.works:
            threading.Thread(target=_tell_isolation, args=(server,), name="isolation", daemon=True).start()
        threading.Thread(target=_tell_identity, args=(server,), name="own-identity", daemon=True).start()
        try:
            run(server, listening, _ready)
        except KeyboardInterrupt:  # uvicorn raises the signal again when it has stopped
            is_stopped = True
    if is_stopped:
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


def _tell_isolation(server: Server) -> None:
    """Try the sandbox of runs, and say what this machine has."""
    say(server.runs.isolation(), err=True)


def _ready(running: Running) -> None:
    say(f"leastway serves {running.url}", err=True)
