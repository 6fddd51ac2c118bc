import secrets
from collections.abc import Callable, Iterator

import pytest

from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube import KubeServer
from leastway.sandbox.kube.real import RealKubeServer
from tests.contract.kube.world.aws import FakeAws, Key
from tests.contract.kube.world.client import Client
from tests.contract.kube.world.stage import CLUSTER, AuthenticatorOf, Loop, Server, Stage
from tests.contract.kube.world.token import eks_token

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


@pytest.fixture(scope="package")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="package", params=["small", pytest.param("real", marks=pytest.mark.integration)])
def stage(request: pytest.FixtureRequest, loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    aws, admin = FakeAws(), secrets.token_hex(16)
    server: Server
    if request.param == "small":
        server = KubeServer(CLUSTER, AuthenticatorOf(aws, admin))
    else:
        assets = find_assets()
        if assets is None:
            pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
        server = RealKubeServer(CLUSTER, AuthenticatorOf(aws, admin), assets)
    try:
        loop.run(server.start())
        ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
        ca_file.write_bytes(server.ca_pem)
        yield Stage(server, aws, admin, ca_file)
    finally:
        loop.run(server.stop())


@pytest.fixture
def connect(stage: Stage) -> Iterator[Callable[[str | None], Client]]:
    clients: list[Client] = []

    def make(token: str | None) -> Client:
        clients.append(Client(stage.server.endpoint, stage.ca_file, token))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def aws(stage: Stage, admin: Client) -> FakeAws:
    """An empty account, and a cluster without aws-auth."""
    admin.delete(AWS_AUTH)
    stage.aws.__init__()  # type: ignore[misc]  # the servers keep their directory
    return stage.aws


@pytest.fixture
def admin(stage: Stage, connect: Callable[[str | None], Client]) -> Client:
    return connect(stage.admin)


@pytest.fixture
def login(connect: Callable[[str | None], Client]) -> Callable[[Key], Client]:
    """A client with a fresh token of a key."""
    return lambda key: connect(eks_token(key, CLUSTER))


@pytest.fixture
def namespace(admin: Client) -> str:
    """A namespace for this test only."""
    name = f"test-{secrets.token_hex(4)}"
    assert admin.create("/api/v1/namespaces", {"metadata": {"name": name}}).code == 201
    return name
