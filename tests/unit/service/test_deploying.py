"""What a deployment asks of the server: an agent of another process lets that process go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from leastway.ports import WaitingError
from leastway.primitives import Secret, SystemClock
from leastway.service.deploying import ServerMeans
from leastway.service.tunnels import AgentAwayError, AgentElsewhereError
from leastway.tunnel import NoAgentError
from tests.deployments import unfinished_deployment

DEPLOYMENT = unfinished_deployment("acme", "shop", "dev", datetime(2026, 1, 1, tzinfo=UTC))


class Tunnels:
    def __init__(self, error: Exception | None) -> None:
        self._error = error

    @contextmanager
    def agent_pass(self, organization: str, agent: str, *, work: str, **_: Any) -> Iterator[Secret]:
        assert (organization, agent, work) == ("acme", "prod", DEPLOYMENT.id)
        if self._error is not None:
            raise self._error
        yield Secret("http://proxy")


def _means(error: Exception | None) -> ServerMeans:
    return ServerMeans(SimpleNamespace(tunnels=Tunnels(error), clock=SystemClock()))  # type: ignore[arg-type]


def _take(means: ServerMeans) -> str:
    with means.agent_pass(DEPLOYMENT, "prod", None, ()) as url:  # type: ignore[arg-type]
        return url.reveal()


def test_a_pass_lasts_for_the_block() -> None:
    assert _take(_means(None)) == "http://proxy"


def test_an_agent_of_another_process_lets_that_process_go_on() -> None:
    with pytest.raises(WaitingError, match="connected to other-1") as found:
        _take(_means(AgentElsewhereError("agent 'prod' is connected to other-1")))
    assert found.value.until is not None


def test_an_agent_that_is_expected_back_is_waited_for() -> None:
    with pytest.raises(WaitingError, match="not connected") as found:
        _take(_means(AgentAwayError("agent 'prod' is not connected")))
    assert found.value.until is not None


def test_an_agent_that_is_nowhere_ends_the_deployment() -> None:
    with pytest.raises(NoAgentError):
        _take(_means(NoAgentError("agent 'prod' is not connected")))
