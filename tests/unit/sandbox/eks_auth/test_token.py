"""The hosts that a token can be signed for: STS in the cluster's partition, as in the EKS authenticator."""

import base64
import datetime as dt
import functools

import botocore.session
import pytest

from leastway.primitives import Partition, SystemClock
from leastway.sandbox.eks_auth.authenticator import canonical
from leastway.sandbox.eks_auth.token import parse_token


def is_taken(host: str, partition: Partition) -> bool:
    date = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    query = f"Action=GetCallerIdentity&X-Amz-SignedHeaders=x-k8s-aws-id&X-Amz-Expires=60&X-Amz-Date={date}"
    token = base64.urlsafe_b64encode(f"https://{host}/?{query}".encode()).decode().rstrip("=")
    parsed = parse_token(f"k8s-aws-v1.{token}", "prod", SystemClock(), partition)
    return parsed is not None and parsed.host == host


_session = functools.cache(botocore.session.get_session)


@functools.cache
def hosts_of(partition: Partition) -> frozenset[str]:
    return frozenset(
        f"sts.{region}.{partition.dns_suffix}"
        for region in _session().get_available_regions("sts", partition_name=partition)
    )


@pytest.mark.parametrize("partition", Partition)
def test_a_cluster_accepts_only_sts_hosts_of_its_own_partition(partition: Partition) -> None:
    hosts = {each: hosts_of(each) for each in Partition}
    assert hosts[partition]
    taken = {host for each in hosts.values() for host in each if is_taken(host, partition)}
    assert taken == hosts[partition]


@pytest.mark.parametrize("partition", Partition)
def test_only_the_aws_partition_has_a_global_sts(partition: Partition) -> None:
    assert is_taken("sts.amazonaws.com", partition) is (partition is Partition.AWS)


@pytest.mark.parametrize("partition", Partition)
def test_a_session_maps_to_its_role_in_every_partition(partition: Partition) -> None:
    session = f"arn:{partition}:sts::111122223333:assumed-role/team/x"
    assert canonical(session) == f"arn:{partition}:iam::111122223333:role/team"


def test_an_unknown_partition_has_no_principals() -> None:
    assert canonical("arn:aws-moon:iam::111122223333:user/x") is None
