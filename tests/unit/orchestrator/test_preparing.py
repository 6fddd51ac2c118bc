from __future__ import annotations

from typing import Any

import pytest

from leastway.orchestrator.inputs import RunInputs
from leastway.orchestrator.preparing import regions_for
from leastway.primitives import Partition

OWN = "eu-central-1"


@pytest.mark.parametrize(
    ("variables", "regions"),
    [
        ({}, (OWN,)),
        ({"region": "us-east-1"}, ("us-east-1", OWN)),
        ({"tags": [{"of": "logs-ap-southeast-2"}]}, ("ap-southeast-2", OWN)),
        ({"bucket": "acme-prod-1"}, (OWN,)),
        ({"bucket": "us-team-1", "region": "cn-north-1"}, (OWN,)),
    ],
)
def test_the_regions_of_a_run_are_those_that_its_inputs_name(
    variables: dict[str, Any], regions: tuple[str, ...]
) -> None:
    assert regions_for(RunInputs(source=None, variables=variables), Partition.AWS, OWN) == regions


def test_a_run_of_another_partition_than_the_server_s_has_that_one_s_regions() -> None:
    script = 'provider "aws" {\n  region = "eusc-de-east-1"\n}\n'
    assert regions_for(RunInputs(source=None, script=script), Partition.EUROPEAN_SOVEREIGN, OWN) == ("eusc-de-east-1",)
    assert regions_for(RunInputs(source=None), Partition.GOVCLOUD, OWN) == ("us-gov-west-1",)
