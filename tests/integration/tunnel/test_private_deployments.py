"""Deployments to a cluster in a network namespace that only an agent reaches: server, tunnel, agent, API server.

These tests are not beside the other deployments, whose server is one for all tests of the folder: one engine of durable
steps is open in a process, and the work of a second server would wait for the first one's end.
"""

from __future__ import annotations

import base64
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import trustme
from sqlalchemy import update

from leastway.kube import Connection
from leastway.service.aws_access import AwsAccess
from leastway.store.application_schema import agent_keys
from tests.integration.deployments.world import (
    RULES,
    Controller,
    Doubles,
    controller,
    deploy,
    errors_of,
    find,
    grant,
    log_of,
    module,
    prepare,
    wait_for,
    watches,
)
from tests.integration.tunnel.private import Private, private_cluster
from tests.integration.tunnel.world import connected, proxy_url, until
from tests.running_server import RunningServer
from tests.unit.connect_proxy import connect_proxy

pytestmark = pytest.mark.integration

NAMESPACE = "shop"
WEB = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/web"


@dataclass
class Site:
    private: Private
    doubles: Doubles

    @property
    def running(self) -> RunningServer:
        return self.private.running

    def deploy(self, image: str) -> str:
        return deploy(self.running, {"web": module(image)})

    def ended(self, deployment: str) -> str:
        """Return how a deployment ended, and why."""
        ended = wait_for(self.running, deployment)["status"]
        return f"{ended} {[one['message'] for one in errors_of(self.running, deployment)]}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made: list[Doubles] = []

    def access(endpoint: str, authority: str) -> AwsAccess:
        made.append(Doubles(endpoint, authority))
        return made[0].access()

    with private_cluster(tmp_path_factory.mktemp("private"), access) as private:
        prepare(private.running, NAMESPACE)
        yield Site(private, made[0])


@dataclass
class Inside:
    """An agent, the administrator's connection through it, and a controller that makes workloads run."""

    agent: subprocess.Popen[str]
    admin: Connection
    controller: Controller

    @property
    def image(self) -> str:
        found = self.admin.request("GET", WEB)
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


@pytest.fixture
def inside(site: Site) -> Iterator[Inside]:
    with _inside(site) as made:
        yield made


@contextmanager
def _inside(site: Site, proxy: str | None = None) -> Iterator[Inside]:
    until(lambda: connected(site.running.server) == 0)
    with site.private.agent(proxy=proxy) as agent:
        until(lambda: connected(site.running.server) == 1)
        with proxy_url(site.running.server) as url, site.private.connection(url) as connection:
            grant(connection, NAMESPACE, RULES)
            with controller(connection, NAMESPACE) as made:
                yield Inside(agent, connection, made)


def test_a_deployment_runs_through_server_tunnel_and_agent(site: Site, inside: Inside) -> None:
    assert site.ended(site.deploy("registry.example/web:1")) == "succeeded []"
    assert inside.image == "registry.example/web:1"
    assert site.ended(deploy(site.running, None)) == "succeeded []"
    assert find(inside.admin, WEB) is None


def test_a_replica_takes_over_from_an_agent_that_is_killed_in_the_middle(site: Site, inside: Inside) -> None:
    inside.controller.holds = True
    deployment = site.deploy("registry.example/web:2")
    until(lambda: watches(site.running, deployment))
    with site.private.agent():
        until(lambda: connected(site.running.server) == 2)
        inside.agent.send_signal(signal.SIGKILL)
        inside.controller.holds = False
        assert site.ended(deployment) == "succeeded []", log_of(site.running, deployment)
        assert inside.image == "registry.example/web:2"


def test_a_deployment_runs_through_an_http_proxy_in_between(site: Site) -> None:
    host = urlsplit(site.running.url).hostname or ""
    with connect_proxy(address=host) as proxy, _inside(site, proxy.place) as inside:
        assert set(proxy.tunnels) == {urlsplit(site.running.url).netloc}
        assert site.ended(site.deploy("registry.example/web:3")) == "succeeded []"
        assert inside.image == "registry.example/web:3"


def test_a_cluster_with_another_ca_is_refused_before_any_change(site: Site, inside: Inside) -> None:
    before = find(inside.admin, WEB)
    right = site.doubles.authority
    site.doubles.authority = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()
    try:
        ended = site.ended(site.deploy("registry.example/web:4"))
    finally:
        site.doubles.authority = right
    assert ended.startswith("failed"), ended
    assert "CA" in ended
    assert find(inside.admin, WEB) == before


def test_with_an_expired_key_there_is_no_agent_and_nothing_is_changed(site: Site) -> None:
    until(lambda: connected(site.running.server) == 0)
    with site.running.server.store.writing() as transaction:
        transaction._connection.execute(update(agent_keys).values(expires_at=datetime.now(UTC) - timedelta(minutes=1)))
    with site.private.agent() as agent:
        assert agent.stderr is not None
        while "expired" not in (line := agent.stderr.readline()):
            assert line, "the agent ended"
        ended = site.ended(site.deploy("registry.example/web:5"))
    assert ended.startswith("failed"), ended
    assert "it was last seen" in ended
