"""STS for the broker: AssumeRole with every field of a request, GetCallerIdentity, tokens for clusters."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError

from leastway.aws.eks_token import sign_token
from leastway.aws.errors import aws_errors, is_refusal, unreadable
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.ports import CallerIdentity, EksToken, IssuedSession, SessionKeys, StsRefusedError, StsUnavailableError
from leastway.primitives import Clock, Secret, SystemClock
from leastway.sessions import SessionRequest

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

__all__ = ["AwsSts"]


class AwsSts:
    """STS with botocore. Keeps one client of the own identity for each region.

    `source_address` is claimed at a loopback endpoint, in a rehearsal.
    """

    def __init__(self, clock: Clock | None = None, *, source_address: str | None = None) -> None:
        self._clock = clock or SystemClock()
        self._session = LendingSession(source_address=source_address)
        self._own: dict[str, STSClient] = {}
        self._lock = threading.Lock()

    def assume(self, request: SessionRequest, keys: SessionKeys | None, /) -> IssuedSession:
        """Call AssumeRole, field for field. Errors: StsRefusedError, StsUnavailableError."""
        with _refusals(f"role {request.role}"):
            answer = self._client(request.region, keys).assume_role(**_fields(request))
            made = answer["Credentials"]
            parts = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
            if not all(parts):
                raise unreadable("the response to AssumeRole has an empty credential")
            key_id, secret, token = parts
            return IssuedSession(
                SessionKeys(key_id, Secret(secret), Secret(token)), _end(made["Expiration"], self._clock.now())
            )

    def identity(self, region: str, keys: SessionKeys | None = None, /) -> CallerIdentity:
        """Call GetCallerIdentity. Errors: StsRefusedError, StsUnavailableError."""
        with _refusals("GetCallerIdentity"):
            answer = self._client(region, keys).get_caller_identity()
            return CallerIdentity(answer["Account"], answer["Arn"], answer["UserId"])

    def eks_token(self, keys: SessionKeys, *, cluster: str, region: str, expiry: datetime | None) -> EksToken:
        """Sign a token for a cluster; `expiry` is that of the keys. Calls nobody."""
        token = keys.token.reveal() if keys.token is not None else None
        return sign_token(
            ReadOnlyCredentials(keys.key_id, keys.secret.reveal(), token),
            cluster=cluster,
            region=region,
            now=self._clock.now(),
            expiry=expiry,
        )

    def _client(self, region: str, keys: SessionKeys | None) -> STSClient:
        if keys is not None:
            token = keys.token.reveal() if keys.token is not None else None
            lent = Credentials(keys.key_id, keys.secret.reveal(), token)
            return cast("STSClient", self._session.client("sts", region, lent))
        with self._lock:
            if region not in self._own:
                self._own[region] = cast("STSClient", self._session.client("sts", region))
            return self._own[region]


def _end(said: datetime, now: datetime) -> datetime:
    """Return when a session ends, in UTC. Errors: LeastwayError if that is not in the future."""
    try:
        end = said.astimezone(UTC)
    except OverflowError as error:
        raise unreadable("the response to AssumeRole has an end that is no date") from error
    if end <= now:
        what = f"STS issued a session until {end:%Y-%m-%d %H:%M:%S} UTC, and here it is {now:%Y-%m-%d %H:%M:%S} UTC"
        raise LeastwayError(what, fix="set the clock of this machine")
    return end


def _fields(request: SessionRequest) -> dict[str, Any]:
    """Return the parameters of AssumeRole; what the request does not say is left out."""
    fields: dict[str, Any] = {
        "RoleArn": request.role,
        "RoleSessionName": request.session_name,
        "DurationSeconds": request.duration,
        "ExternalId": request.external_id,
        "Policy": request.policy,
        "PolicyArns": [{"arn": arn} for arn in request.policy_arns],
        "SourceIdentity": request.source_identity,
        "Tags": [{"Key": key, "Value": value} for key, value in request.tags],
        "TransitiveTagKeys": list(request.transitive_tag_keys),
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


@contextmanager
def _refusals(where: str) -> Iterator[None]:
    """Tell a refusal of STS from its absence. What something else answers in its place is absence."""
    try:
        with aws_errors(where):
            yield
    except LeastwayError as error:
        cause = error.__cause__ or error.__context__  # a rejected signature has no cause, see `aws_errors`
        refused = isinstance(cause, ClientError) and is_refusal(cause)
        kind = StsRefusedError if refused else StsUnavailableError
        raise kind(error.what, where=error.where or where, fix=error.fix) from error
