"""Every ARN that is derived from a grant, also in its proof, has the partition of the account's region."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from leastway.compiler import compile_grant, registrations_of
from leastway.estate import AuthMode
from leastway.grant import Grant, Identity
from leastway.policy import Document, render
from leastway.primitives import Partition
from leastway.proof import contract_of
from leastway.sandbox.grant_scenario import neighbours_of
from leastway.verify import probes
from tests.unit.compiler.conftest import (
    DEPLOYER,
    EDIT,
    EXTERNAL_IDS,
    S3_ROLE,
    cluster,
    facts_elsewhere,
    facts_of,
    grant_elsewhere,
)
from tests.unit.compiler.test_registrations import S3

FACTS = facts_of("prod", AuthMode.API, "workers") | facts_of("legacy", AuthMode.CONFIG_MAP)
ARN = re.compile(r"arn:([^:\s]*):(?:iam|eks|sts)")


def partitions_in(value: object) -> set[str]:
    """Return the partitions of all ARNs in a value of any structure."""
    match value:
        case str():
            return set(ARN.findall(value))
        case Document():
            return partitions_in(render(value))
        case Mapping():
            return {found for each in value.items() for found in partitions_in(each)}
        case list() | tuple() | set() | frozenset():
            return {found for each in value for found in partitions_in(each)}
        case _ if is_dataclass(value):
            own = {found for each in fields(value) for found in partitions_in(getattr(value, each.name))}
            return own | partitions_in(getattr(value, "arn", ""))
        case _:
            return set()


def grant_in(partition: Partition, identity: Identity) -> Grant:
    return grant_elsewhere(
        partition.home_region,
        cluster("prod", EDIT, DEPLOYER),
        cluster("legacy", DEPLOYER),
        roles=(replace(S3_ROLE, path="/humanitec/", definitions=(S3,)),),
        identity=identity,
        list_clusters=True,
    )


@pytest.mark.parametrize("identity", Identity)
@pytest.mark.parametrize("partition", Partition)
def test_every_arn_has_the_partition_of_its_region(partition: Partition, identity: Identity) -> None:
    grant = grant_in(partition, identity)
    compiled = compile_grant(grant, facts_elsewhere(grant, FACTS), EXTERNAL_IDS)
    assert not compiled.unreadable
    made: dict[str, Any] = {
        "estate": compiled.estate.objects,
        "contract": [contract_of(grant, account, EXTERNAL_IDS) for account in grant.accounts],
        "probes": probes(grant),
        "neighbours": neighbours_of(grant).roles,
    }
    if identity is Identity.TRUST_ROLE:  # a user's cloud account has keys instead of an ARN
        made["registrations"] = registrations_of(grant, EXTERNAL_IDS)

    assert {name: partitions_in(each) for name, each in made.items()} == {name: {str(partition)} for name in made}
