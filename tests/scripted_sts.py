"""An STS that answers at once, or as a test says."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from leastway.errors import LeastwayError
from leastway.ports import CallerIdentity, EksToken, IssuedSession, SessionKeys
from leastway.primitives import Clock, Secret, SystemClock
from leastway.service.aws_access import AwsAccess
from leastway.sessions import SessionRequest
from tests.scripted_aws import OWN, World

__all__ = ["ScriptedSts", "sts_of_servers"]


class ScriptedSts:
    """STS that answers at once, or as a test says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self.calls: list[tuple[SessionRequest, str | None]] = []
        self.own = "arn:aws:iam::999900001111:user/platform"
        self.fails: LeastwayError | None = None
        self.waits: threading.Event | None = None
        self.meanwhile: Callable[[], None] | None = None

    def assume(self, request: SessionRequest, keys: SessionKeys | None, /) -> IssuedSession:
        self.calls.append((request, keys.key_id if keys is not None else None))
        number = next(self._numbers)
        if self.waits is not None:
            assert self.waits.wait(20)
        if self.meanwhile is not None:
            self.meanwhile()
        if self.fails is not None:
            raise self.fails
        made = SessionKeys(f"ASIA{number}", Secret(f"secret-{number}"), Secret(f"token-{number}"))
        return IssuedSession(made, self._clock.now() + timedelta(seconds=request.duration))

    def identity(self, region: str, keys: SessionKeys | None = None, /) -> CallerIdentity:
        return CallerIdentity("999900001111", self.own, "AIDA")

    def eks_token(self, keys: SessionKeys, *, cluster: str, region: str, expiry: datetime | None) -> EksToken:
        ends = self._clock.now() + timedelta(minutes=14)
        return EksToken(Secret(f"k8s-aws-v1.{keys.key_id}.{cluster}.{region}"), min(ends, expiry) if expiry else ends)


@contextmanager
def sts_of_servers() -> Iterator[ScriptedSts]:
    """Give every server that is opened within the block this STS, and an AWS that answers as scripted."""
    scripted = ScriptedSts(SystemClock())
    access = AwsAccess(World(), lambda: OWN, lambda: "eu-central-1", scripted)
    with patch.object(AwsAccess, "ambient", lambda *_: access):
        yield scripted
