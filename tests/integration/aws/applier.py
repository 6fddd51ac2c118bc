"""A process that plans and applies one step of a life, and can be killed at any of its writes.

`python -m tests.integration.aws.applier STEP FOLDER`: it starts when its standard input ends; credentials and endpoint
come from the environment, the first key is written to FOLDER.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leastway.aws import Accounts, AwsSites, Door
from leastway.custody import FirstKeys
from leastway.estate import Estate, EstateObject, Place
from leastway.ports import Site
from leastway.reconcile import Applied, Convergence, Plan, apply, asks, diff, observe
from tests.contract.live.world import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTER_TAG,
    ENTRY,
    EVERYTHING,
    KEY,
    NAMES,
    NODEGROUP_TAG,
    POLICY,
    PROD,
    REGION,
    ROLE,
    USER,
    allowing,
    trusting,
)

OTHER_POLICY = replace(POLICY, name="HumanitecOther")
CHANGED: tuple[EstateObject, ...] = (
    replace(POLICY, document=allowing("eks:DescribeCluster", "eks:ListClusters")),
    OTHER_POLICY,
    replace(USER, boundary=OTHER_POLICY.arn, policies=frozenset({OTHER_POLICY.arn})),
    KEY,
    replace(
        ROLE,
        trust=trusting("role/admin"),
        inline=(("s3", allowing("s3:GetObject")), ("sqs", allowing("sqs:*"))),
        policies=frozenset({OTHER_POLICY.arn}),
        max_session=3600,
        description="another",
    ),
    CLUSTER_TAG,
    replace(NODEGROUP_TAG, value="other"),
    replace(ENTRY, groups=frozenset({"readers"}), username="humanitec"),
    replace(ASSOCIATION, namespaces=frozenset({"shop"})),
)
STEPS: Mapping[str, tuple[EstateObject, ...]] = {"make": EVERYTHING, "change": CHANGED}
QUICK = Convergence(successes=1, interval=0.01, deadline=10)


def open_sites(folder: Path) -> AwsSites:
    """Return the sites, with the ambient credentials."""
    return AwsSites(
        Accounts([Door(ACCOUNT, REGION)]), names=NAMES, custody=FirstKeys(folder), kubernetes=_no_kubernetes
    )


def plan(sites: AwsSites, step: str) -> Plan:
    """Plan a step."""
    estate = Estate.of("acme", STEPS[step])
    return diff(estate, observe(sites, estate.grant, asks(estate, [Place(ACCOUNT), PROD], []), workers=2))


def run(sites: AwsSites, step: str) -> Applied:
    """Plan a step, and apply it."""
    return apply(plan(sites, step), sites, convergence=QUICK)


def _no_kubernetes(place: Place) -> Site:
    raise AssertionError(place)


if __name__ == "__main__":
    sys.stdin.read()
    sys.exit(not run(open_sites(Path(sys.argv[2])), sys.argv[1]).is_complete)
