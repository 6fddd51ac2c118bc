"""Compares the table of partitions with the one that botocore ships."""

import botocore.session
import pytest

from leastway.primitives import Partition

SESSION = botocore.session.get_session()
SHIPPED = {each["id"]: each for each in SESSION.get_component("data_loader").load_data("partitions")["partitions"]}


def test_every_partition_of_botocore_exists() -> None:
    assert {str(each) for each in Partition} == set(SHIPPED)


@pytest.mark.parametrize("partition", Partition)
def test_each_region_belongs_to_its_partition(partition: Partition) -> None:
    regions = [name for name in SHIPPED[partition]["regions"] if not name.endswith("-global")]
    assert regions
    assert {Partition.of_region(name) for name in regions} == {partition}


@pytest.mark.parametrize("partition", Partition)
def test_endpoints_have_the_dns_suffix_of_their_partition(partition: Partition) -> None:
    assert partition.dns_suffix == SHIPPED[partition]["outputs"]["dnsSuffix"]
    client = SESSION.create_client(
        "iam", region_name=partition.home_region, aws_access_key_id="none", aws_secret_access_key="none"
    )
    assert client.meta.endpoint_url.endswith(f".{partition.dns_suffix}")
    assert Partition.of_region(partition.home_region) is partition


def test_a_region_with_an_unknown_prefix_belongs_to_aws() -> None:
    assert Partition.of_region("il-central-9") is Partition.AWS
