"""While AWS does not answer one organization, the others are served, and what must be stopped is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from leastway.primitives import Secret
from leastway.service.organizations import create_organization
from tests.running_server import Answer, RunningServer
from tests.scripted_aws import RIGHT_ID, ROLE
from tests.scripted_sts import ScriptedSts, sts_of_servers

ASKERS = 60
"""More than the server has threads for all requests together."""
PATIENCE = 15.0
"""Seconds: less than the scripted STS waits."""
TOKEN = {"cluster": "prod", "region": "eu-central-1"}


@pytest.fixture(scope="module", autouse=True)
def sts() -> Iterator[ScriptedSts]:
    with sts_of_servers() as scripted:
        yield scripted


@pytest.fixture(scope="module")
def other(running: RunningServer) -> Secret:
    """The owner's token of a second organization."""
    told: list[Secret] = []
    create_organization(running.server.store, "globex", told.append)
    return told[0]


def create(running: RunningServer, organization: str, token: Secret | None) -> str:
    body = {"id": "prod", "name": "P", "type": "aws-role", "credentials": {"aws_role": ROLE, "external_id": RIGHT_ID}}
    answer = running.request("POST", f"/orgs/{organization}/resources/accounts", body, token=token)
    assert answer.status == 200, answer.body
    return f"/orgs/{organization}/resources/accounts/prod"


def test_one_organization_that_waits_for_aws_keeps_nobody_waiting(
    running: RunningServer, sts: ScriptedSts, other: Secret
) -> None:
    mine, theirs = create(running, "acme", None), create(running, "globex", other)
    sts.waits = threading.Event()
    with ThreadPoolExecutor(ASKERS + 3) as clients:
        asked = [clients.submit(running.request, "POST", f"{mine}/eks-token", TOKEN) for _ in range(ASKERS)]
        try:
            _wait_until_they_hang(sts)
            began = time.monotonic()
            looks = clients.submit(running.request, "GET", theirs, token=other)
            switch = {"scope": "account", "target": "prod", "reason": "a leak"}
            stops = clients.submit(running.request, "POST", "/orgs/acme/kill-switches", switch)
            done, _ = wait((looks, stops), PATIENCE)
            assert done == {looks, stops}, f"answered after {time.monotonic() - began:.1f} s: {done}"
            assert (looks.result().status, stops.result().status) == (200, 200)
            assert not any(one.done() for one in asked), "they wait for AWS all the time"
        finally:
            sts.waits.set()
        answers: list[Answer] = [one.result(60) for one in asked]
    assert {one.status for one in answers} == {403}, "the switch was turned on before AWS answered"


def _wait_until_they_hang(sts: ScriptedSts) -> None:
    """Wait until AWS was asked, and the requests of the organization have all the threads that they get."""
    until, before = time.monotonic() + PATIENCE, -1
    while not sts.calls or before != threading.active_count():
        assert time.monotonic() < until, "the requests do not arrive"
        before = threading.active_count()
        time.sleep(0.5)
