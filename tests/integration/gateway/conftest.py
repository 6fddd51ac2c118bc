"""One embedded AWS for the folder, and a gateway for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.aws.calls import Hosts
from leastway.primitives import Partition
from leastway.sandbox import AccountSeed, Sandbox, Scenario
from tests.integration.gateway.world import ACCOUNT, OTHER, Aws, Gateway, gateway, make_role


@pytest.fixture(scope="package")
def aws() -> Iterator[Aws]:
    with Sandbox(small_kubernetes=True) as sandbox:
        keys = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT), AccountSeed(OTHER))))
        yield make_role(sandbox, keys.admins[ACCOUNT])


@pytest.fixture(scope="package")
def hosts() -> Hosts:
    """The endpoints, whose map takes a second to make."""
    return Hosts(Partition.AWS, ACCOUNT, regions=("eu-central-1", "us-east-1"))


@pytest.fixture
def run(aws: Aws, hosts: Hosts, tmp_path: Path) -> Iterator[Gateway]:
    """The gateway of a run whose account keeps a user's access key."""
    with gateway(tmp_path, issue=aws.issue, outside=aws.outside, hosts=hosts) as found:
        yield found


@pytest.fixture
def session_run(aws: Aws, hosts: Hosts, tmp_path: Path) -> Iterator[Gateway]:
    """The gateway of a run whose account has a role of its own."""
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    with gateway(tmp_path, issue=aws.issue, outside=aws.outside, hosts=hosts, role=role) as found:
        yield found
