"""Guests: callers with somebody else's credentials, to see how AWS responds to their holder.

A guest does not raise an error for a denied call: verification needs the denial as a result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from leastway.aws.eks.paging import every
from leastway.aws.eks_token import sign_token
from leastway.aws.errors import BAD_SIGNATURE, DENIED, GONE, UNKNOWN_KEY, code_of
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.ports import CallerIdentity, EksToken, FailedCall, SessionKeys
from leastway.primitives import Clock, Secret, SystemClock

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_sts import STSClient

__all__ = ["Guest", "Guests"]

T = TypeVar("T")

_BAD_TOKEN = "InvalidIdentityToken:"  # noqa: S105 - an error code


class Guests:
    """Creates guests. Keeps one session for each claimed source address."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._sessions: dict[str | None, LendingSession] = {}
        self._lock = threading.Lock()

    def guest(self, keys: SessionKeys, region: str, address: str | None = None) -> Guest:
        """Return the guest with `keys`; a source `address` can be claimed at a loopback endpoint only."""
        with self._lock:
            if address not in self._sessions:
                self._sessions[address] = LendingSession(source_address=address)
            return Guest(keys, region, self._sessions[address], self._clock)

    def exchange(
        self, role_arn: str, token: Secret, session_name: str, region: str, address: str | None = None
    ) -> SessionKeys | FailedCall:
        """Call AssumeRoleWithWebIdentity, which AWS does not require to be signed."""
        nobody = SessionKeys("unused", Secret("unused"))
        return self.guest(nobody, region, address).exchange(role_arn, token, session_name)


class Guest:
    """A caller with the given keys in one region."""

    def __init__(self, keys: SessionKeys, region: str, session: LendingSession, clock: Clock) -> None:
        self._region = region
        self._session = session
        self._clock = clock
        self._keys = Credentials(
            keys.key_id, keys.secret.reveal(), keys.token.reveal() if keys.token is not None else None
        )

    def identity(self) -> CallerIdentity | FailedCall:
        """Return the identity that AWS reports for the keys."""
        sts: STSClient = self._session.client("sts", self._region, self._keys)
        answer = _tried(sts.get_caller_identity)
        if isinstance(answer, FailedCall):
            return answer
        return CallerIdentity(answer["Account"], answer["Arn"], answer["UserId"])

    def assume(self, role_arn: str, external_id: str | None, session_name: str) -> SessionKeys | FailedCall:
        """Assume a role, with or without an external id."""
        sts: STSClient = self._session.client("sts", self._region, self._keys)
        request: dict[str, Any] = {"RoleArn": role_arn, "RoleSessionName": session_name}
        if external_id is not None:
            request["ExternalId"] = external_id
        answer = _tried(lambda: sts.assume_role(**request)["Credentials"])
        if isinstance(answer, FailedCall):
            return answer
        return SessionKeys(answer["AccessKeyId"], Secret(answer["SecretAccessKey"]), Secret(answer["SessionToken"]))

    def exchange(self, role_arn: str, token: Secret, session_name: str) -> SessionKeys | FailedCall:
        """Assume a role with a token; a token that AWS does not accept is denied."""
        sts: STSClient = self._session.client("sts", self._region, self._keys)
        answer = _tried(
            lambda: sts.assume_role_with_web_identity(
                RoleArn=role_arn, RoleSessionName=session_name, WebIdentityToken=token.reveal()
            )["Credentials"]
        )
        if isinstance(answer, FailedCall):
            return replace(answer, denied=answer.denied or answer.detail.startswith(_BAD_TOKEN))
        return SessionKeys(answer["AccessKeyId"], Secret(answer["SecretAccessKey"]), Secret(answer["SessionToken"]))

    def describe_cluster(self, name: str) -> tuple[str, str] | FailedCall:
        """Return the cluster's endpoint and the base64 of its CA."""
        answer = _tried(lambda: self._eks().describe_cluster(name=name)["cluster"])
        if isinstance(answer, FailedCall):
            return answer
        endpoint, authority = answer.get("endpoint"), answer.get("certificateAuthority", {}).get("data")
        if not endpoint or not authority:
            raise LeastwayError("the cluster has no endpoint yet", where=name, fix="wait until it is ACTIVE")
        return endpoint, authority

    def describe_nodegroups(self, cluster: str) -> FailedCall | None:
        """List the cluster's node groups and describe each; None if every call was allowed."""

        def describe() -> None:
            eks = self._eks()
            for name in every(eks, "list_nodegroups", "nodegroups", clusterName=cluster):
                eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)

        return _tried(describe)

    def list_clusters(self) -> FailedCall | None:
        """List the region's clusters; None if that was allowed."""
        answer = _tried(lambda: self._eks().list_clusters())
        return answer if isinstance(answer, FailedCall) else None

    def delete_cluster(self, name: str) -> FailedCall | None:
        """Try to delete a cluster that does not exist; None if the call was allowed. Nothing is deleted."""

        def delete() -> None:
            try:
                self._eks().delete_cluster(name=name)
            except ClientError as error:
                if code_of(error) not in GONE:
                    raise

        return _tried(delete)

    def has_bucket(self, name: str) -> bool:
        """Return whether a bucket exists. Errors: LeastwayError if S3 does not say so."""
        found = _tried(lambda: self._session.client("s3", self._region, self._keys).head_bucket(Bucket=name))
        if isinstance(found, FailedCall) and not found.detail.startswith("404"):
            raise LeastwayError(f"S3 does not say whether the bucket exists: {found.detail}", where=name)
        return not isinstance(found, FailedCall)

    def token(self, cluster: str) -> EksToken:
        """Sign a token for a cluster of the region."""
        return sign_token(
            ReadOnlyCredentials(self._keys.access_key, self._keys.secret_key, self._keys.token),
            cluster=cluster,
            region=self._region,
            now=self._clock.now(),
            expiry=None,
        )

    def _eks(self) -> EKSClient:
        client: EKSClient = self._session.client("eks", self._region, self._keys)
        return client


def _tried(call: Callable[[], T]) -> T | FailedCall:
    try:
        return call()
    except ClientError as error:
        code = code_of(error)
        details = {} if code in BAD_SIGNATURE else error.response.get("Error", {})
        request_id = cast("dict[str, str]", error.response.get("ResponseMetadata", {})).get("RequestId")
        text = f"{code}: {details.get('Message', '')}"
        return FailedCall(code in DENIED, text, request_id, rejected=code in UNKNOWN_KEY)
    except (BotoCoreError, ResponseParserError) as error:
        return FailedCall(False, str(error))
