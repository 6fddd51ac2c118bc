"""A server under contract, run in its own thread: tests and clients are synchronous."""

import asyncio
import secrets
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from leastway.sandbox.eks_auth import EksAuthenticator
from leastway.sandbox.kube import Authenticator, ConfigMapReader, KubeUser
from tests.contract.kube.world.aws import FakeAws

CLUSTER = "prod"

REAL_ONLY = pytest.mark.parametrize("stage", [pytest.param("real", marks=pytest.mark.integration)], indirect=True)
"""For requests that the small server does not support."""

T = TypeVar("T")


class Server(Protocol):
    """The common interface of the small server and the real one."""

    @property
    def ca_pem(self) -> bytes: ...

    @property
    def endpoint(self) -> str: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=120)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Stage:
    """A started server, its AWS, and an administrator's token that AWS does not know."""

    def __init__(self, server: Server, aws: FakeAws, admin: str, ca_file: Path) -> None:
        self.server = server
        self.aws = aws
        self.admin = admin
        self.ca_file = ca_file


class _WithAdministrator:
    def __init__(self, token: str, others: Authenticator) -> None:
        self._token = token
        self._others = others

    async def authenticate(self, token: str) -> KubeUser | None:
        if secrets.compare_digest(token, self._token):
            return KubeUser("administrator", groups=("system:masters",))
        return await self._others.authenticate(token)


class AuthenticatorOf:
    """Creates the authenticator of a server under contract."""

    def __init__(self, aws: FakeAws, admin: str) -> None:
        self._aws = aws
        self._admin = admin

    def __call__(self, config_map: ConfigMapReader) -> Authenticator:
        return _WithAdministrator(self._admin, EksAuthenticator(CLUSTER, self._aws, config_map))
