"""DescribeCluster with keys that are lent for the call, for deployments."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from leastway.aws.errors import GONE, aws_errors, check_named, code_of
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.ports import ClusterDescription, SessionKeys

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["AwsClusters"]


class AwsClusters:
    """EKS with botocore. `source_address` is claimed at a loopback endpoint, in a rehearsal."""

    def __init__(self, *, source_address: str | None = None) -> None:
        self._address = source_address

    @cached_property
    def _session(self) -> LendingSession:
        return LendingSession(source_address=self._address)

    def describe(self, keys: SessionKeys, region: str, name: str, /) -> ClusterDescription:
        """Call DescribeCluster. Errors: LeastwayError for a refusal, with AWS's request id; also if none exists."""
        where = f"cluster {name} in {region}"
        token = keys.token.reveal() if keys.token is not None else None
        with aws_errors(where):
            lent = Credentials(keys.key_id, keys.secret.reveal(), token)
            eks = cast("EKSClient", self._session.client("eks", region, lent))
            try:
                cluster = eks.describe_cluster(name=name)["cluster"]
            except ClientError as error:
                if code_of(error) not in GONE:
                    raise
                fix = "correct the name or the region in the definition of the k8s-cluster"
                raise LeastwayError("the cluster does not exist in this account", where=where, fix=fix) from error
            check_named(name, cluster["name"])
            return ClusterDescription(
                name=cluster["name"],
                arn=cluster["arn"],
                status=cluster["status"],
                endpoint=cluster.get("endpoint", ""),
                authority=cluster.get("certificateAuthority", {}).get("data", ""),
            )
