"""A deployment in a rehearsal: a workload reaches a cluster through an agent, and leaves it by an empty set.

The server signs as the platform does, with the registered account; the cluster gives what the grant gives, and an agent
is the only way that its definition names. No controllers run in a rehearsal, so nothing waits for pods.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from leastway.custody import new_agent_key
from leastway.errors import LeastwayError
from leastway.registry import DEFAULT_PROFILE, EKS, EMPTY_SET, Criterion, Delta, DeploymentStatus
from leastway.service.agents import create_agent
from leastway.service.applications import FIRST_ENVIRONMENT, create_application
from leastway.service.definition_making import GivenDefinition, GivenInputs
from leastway.service.definitions import create_definition
from leastway.service.deployments import WantedDeployment, create_deployment, read_deployment
from leastway.service.sets import create_set
from leastway.tunnel import NoAgentError

if TYPE_CHECKING:
    from leastway.ports import RehearsedWorkload
    from leastway.primitives import Secret
    from leastway.registry import DeployedObject, Deployment
    from leastway.service.caller import Caller
    from leastway.service.server import Server

__all__ = ["RehearsedDeployment"]

_APPLICATION: Final = "rehearsed-workload"
_AGENT: Final = "rehearsal"
_WORKLOAD: Final = "rehearsal"
_PATIENCE: Final = 120.0
"""Seconds until an agent is connected, and until a deployment has ended."""
_PAUSE: Final = 0.02
_NO_AGENT: Final = "no-agent"
_MODULE: Final[dict[str, Any]] = {
    "profile": DEFAULT_PROFILE,
    "spec": {
        "containers": {"main": {"image": "registry.example/rehearsal:1"}},
        "service": {"ports": {"www": {"service_port": 80, "container_port": 8080}}},
        "serviceAccountName": "default",
    },
}


class RehearsedDeployment:
    """The environment of a workload, its agent, and its deployments. Each method says what was seen."""

    def __init__(self, server: Server, caller: Caller, organization: str, workload: RehearsedWorkload) -> None:
        self._server = server
        self._caller = caller
        self._organization = organization
        self._workload = workload
        self._key: Secret | None = None
        self._deployed: tuple[DeployedObject, ...] = ()

    def begin(self) -> str:
        """Make an environment with a cluster, a namespace and an agent, and register the agent's key."""
        workload = self._workload
        self._key, public = new_agent_key()
        create_agent(
            self._server, self._caller, self._organization, identifier=_AGENT, description="in a rehearsal", pem=public
        )
        create_application(self._server, self._caller, self._organization, identifier=_APPLICATION, name="Workload")
        agent_url = "${resources['agent.default#agent'].outputs.url}"
        cluster = {"name": workload.cluster, "region": workload.region}
        self._define("agent", "humanitec/agent", {"id": _AGENT})
        self._define("k8s-namespace", "humanitec/k8s-namespace", {"namespace": workload.namespace})
        self._define("k8s-cluster", EKS, cluster, {"agent_url": agent_url}, workload.account)
        return f"definition of {EKS}, by account {workload.account}"

    def deploy(self) -> str:
        """Deploy the workload. Errors: NoAgentError; LeastwayError if the deployment does not succeed."""
        source, delta = EMPTY_SET.id, Delta(add={_WORKLOAD: _MODULE})
        made = create_set(self._server, self._caller, self._organization, _APPLICATION, source, delta)
        self._end_of(made.id)
        self._deployed = self._objects()
        makers = ", ".join(self._workload.made_by())
        return f"as {makers}; no controllers run here, so pods are not waited for"

    def remove(self) -> str:
        """Deploy the empty set."""
        self._end_of(EMPTY_SET.id)
        if left := self._objects():
            raise LeastwayError(f"it has {len(left)} objects left", where=_at(self._workload))
        return f"{len(self._deployed)} objects removed"

    def look(self, *, expected: bool) -> str:
        """Look for the objects as the cluster's administrator. Errors: LeastwayError if they are not as expected."""
        if not self._deployed:
            raise LeastwayError("nothing was deployed", where=_at(self._workload))
        for one in self._deployed:
            if self._workload.exists(one.version, one.kind, one.name) is not expected:
                what = "it does not exist" if expected else "it still exists"
                raise LeastwayError(what, where=f"{one.kind} {one.namespace}/{one.name}")
        names = ", ".join(f"{one.kind} {one.name}" for one in self._deployed)
        return f"{names}: seen by the administrator of {self._workload.cluster}"

    @contextmanager
    def agent(self, url: str) -> Iterator[None]:
        """Run the agent for the block, from when it is connected. Errors: LeastwayError if it does not connect."""
        assert self._key is not None  # noqa: S101 - `begin` makes it
        with self._workload.agent(url, self._organization, _AGENT, self._key) as trouble:
            give_up = time.monotonic() + _PATIENCE
            while not self._server.tunnels.connected(self._organization, _AGENT):
                why = trouble()
                if why is not None or time.monotonic() > give_up:
                    raise LeastwayError(f"the agent does not connect: {why or 'it takes too long'}", where=url)
                time.sleep(_PAUSE)
            yield

    def _define(
        self,
        kind: str,
        driver: str,
        values: dict[str, Any],
        secrets: dict[str, Any] | None = None,
        account: str = "",
    ) -> None:
        inputs = GivenInputs(values=values, secrets=secrets)
        given = GivenDefinition(name=kind, type=kind, driver=driver, account=account, inputs=inputs)
        criteria = [Criterion(app_id=_APPLICATION)]
        create_definition(self._server, self._caller, self._organization, f"rehearsal-{kind}", given, criteria)

    def _end_of(self, target: str) -> None:
        """Deploy a set, and wait for the end. Errors: NoAgentError; LeastwayError."""
        place = (self._organization, _APPLICATION, FIRST_ENVIRONMENT.id)
        wanted = WantedDeployment(set_id=target, comment="rehearsal")
        made = create_deployment(self._server, self._caller, *place, wanted)
        give_up = time.monotonic() + _PATIENCE
        while not (made := read_deployment(self._server, self._caller, *place, made.id)).status.is_end:
            if time.monotonic() > give_up:
                raise LeastwayError("the deployment does not end", where=_words(made), fix="try a less busy machine")
            time.sleep(_PAUSE)
        if made.status is not DeploymentStatus.SUCCEEDED:
            said = "; ".join(one.message for one in made.errors)
            kind = NoAgentError if any(one.code == _NO_AGENT for one in made.errors) else LeastwayError
            raise kind(f"the deployment {made.status.value}: {said}", where=_words(made))

    def _objects(self) -> tuple[DeployedObject, ...]:
        with self._server.store.reading() as transaction:
            return transaction.deployments.objects(self._organization, _APPLICATION, FIRST_ENVIRONMENT.id)


def _at(workload: RehearsedWorkload) -> str:
    return f"cluster {workload.cluster} in {workload.region}"


def _words(deployment: Deployment) -> str:
    phase = "" if deployment.phase is None else f", {deployment.phase.value}"
    return f"deployment {deployment.id}{phase}"
