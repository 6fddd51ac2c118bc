"""`leastway agent`: the agent of a tunnel into a private cluster."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.terminal import say

__all__ = ["command"]


@click.command(name="agent")
@click.option(
    "--server",
    "servers",
    required=True,
    multiple=True,
    metavar="URL",
    envvar="LEASTWAY_URL",
    show_envvar=True,
    help="The platform's server, wss://HOST. Repeatable: the agent connects to each process of a server.",
)
@click.option(
    "--organization",
    required=True,
    metavar="ID",
    envvar="LEASTWAY_ORGANIZATION",
    show_envvar=True,
    help="The organization that the agent belongs to.",
)
@click.option(
    "--agent",
    required=True,
    metavar="ID",
    envvar="LEASTWAY_AGENT",
    show_envvar=True,
    help="The id of the agent, as it is registered.",
)
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="LEASTWAY_AGENT_KEY_FILE",
    show_envvar=True,
    help="Its private key, RSA of at least 4096 bits, as PEM. The file is read again for each connection.",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="HOST:PORT[=ADDRESS:PORT]",
    help="What the server may reach, and the address if it is another. Repeatable. Default: the API server of the "
    "cluster that the agent runs in, also as kubernetes.default.svc:443.",
)
@click.option(
    "--ca",
    "authorities",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Certificate authorities for the server, as PEM. Default: those of the machine.",
)
def command(
    servers: tuple[str, ...],
    organization: str,
    agent: str,
    key: Path,
    targets: tuple[str, ...],
    authorities: Path | None,
) -> int:
    """Connect a private cluster to the platform's server.

    The agent dials out and listens on nothing. It proves who it is with its key, connects the server to its own list of
    targets and to nothing else, and sees ciphertext alone. HTTPS_PROXY and NO_PROXY are honored. Run several replicas
    with the same key: they share the work.

    It ends in order on SIGTERM and Ctrl-C: streams that are open have 25 seconds to end.
    """
    try:
        from leastway.app.agent import run_agent
    except ModuleNotFoundError as error:
        from leastway.errors import LeastwayError

        raise LeastwayError(
            f"the agent needs {error.name}, which is not installed", fix="run: pip install 'leastway[agent]'"
        ) from error

    run_agent(
        servers=servers,
        organization=organization,
        agent=agent,
        key=key,
        targets=targets,
        authorities=authorities,
        tell=lambda line: say(line, err=True),
    )
    return 0
