"""The agent of a tunnel: its key, its targets, and an orderly end on a signal."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from leastway.custody import open_agent_key
from leastway.errors import InvalidInputError
from leastway.tenants import is_organization_id
from leastway.tunnel import AgentSettings, AgentTargets, TunnelAgent, parse_target

__all__ = ["run_agent"]


def run_agent(
    *,
    servers: Sequence[str],
    organization: str,
    agent: str,
    key: Path,
    targets: Sequence[str],
    authorities: Path | None,
    tell: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run an agent until SIGTERM or an interrupt, which let open streams end first.

    Without targets it has the API server of the cluster that it runs in. Errors: InvalidInputError for an id, a key, a
    URL or a target that cannot be.
    """
    for name, value in (("--organization", organization), ("--agent", agent)):
        if not is_organization_id(value):
            raise InvalidInputError("it is not an id", where=name, fix="write the id that the server shows")
    env = os.environ if environment is None else environment
    found = AgentTargets(map(parse_target, targets)) if targets else AgentTargets.of_cluster(env)
    settings = AgentSettings(organization, agent, tuple(servers), found, lambda: open_agent_key(key), tell, authorities)
    tell(f"agent {agent} of {organization}, key {open_agent_key(key).fingerprint}")
    tell(f"connects to {', '.join(map(str, found))}, and to nothing else")
    asyncio.run(_run(settings))


async def _run(settings: AgentSettings) -> None:
    agent = TunnelAgent(settings)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        settings.tell("ending: waiting for open streams")
        agent.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await agent.run()
    settings.tell("ended")
