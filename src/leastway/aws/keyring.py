"""The credentials of each way in, and the botocore session that it uses."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

from botocore.credentials import Credentials

from leastway.aws.assumed_role import assumed_role
from leastway.aws.doors import AmbientCredentials, AssumedRole, CredentialSource, KeyPair, NamedProfile
from leastway.aws.errors import aws_errors
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from leastway.aws.doors import Door

__all__ = ["Keyring"]


class Keyring:
    """Finds credentials. Thread-safe.

    Keeps one session for each profile, one session for everything without a profile, and one STS client for each source
    of assumed roles and region, however many doors use it.
    """

    def __init__(self, source_address: str | None = None) -> None:
        self._source_address = source_address
        self._sessions: dict[str | None, LendingSession] = {}
        self._sources: dict[tuple[CredentialSource, str], STSClient] = {}
        self._lock = threading.RLock()

    def session(self, way: CredentialSource) -> LendingSession:
        """Return the session that creates the clients of `way`."""
        source = way.source if isinstance(way, AssumedRole) else way
        profile = source.name if isinstance(source, NamedProfile) else None
        with self._lock:
            if profile not in self._sessions:
                self._sessions[profile] = LendingSession(profile=profile, source_address=self._source_address)
            return self._sessions[profile]

    def credentials(self, door: Door) -> Credentials:
        """Return the door's credentials. Raises LeastwayError if there are none."""
        with self._lock, aws_errors(door.account):
            return self._find(door.way, door)

    def _find(self, way: CredentialSource, door: Door) -> Credentials:
        match way:
            case AssumedRole() as role:
                return assumed_role(role, self._source(role.source, door), where=door.account)
            case KeyPair(key_id, secret):
                return Credentials(key_id, secret.reveal())
            case AmbientCredentials() | NamedProfile():
                found = self.session(way).get_credentials()
        if found is None:
            raise LeastwayError(
                "no AWS credentials are available",
                where=door.account,
                fix="log in (aws sso login), set AWS_PROFILE, or name a profile or role for the account in the grant",
            )
        return cast("Credentials", found)

    def _source(self, way: AmbientCredentials | NamedProfile | KeyPair, door: Door) -> STSClient:
        key = (way, door.region)
        if key not in self._sources:
            self._sources[key] = cast(
                "STSClient", self.session(way).client("sts", door.region, self._find(way, door), account=door.account)
            )
        return self._sources[key]
