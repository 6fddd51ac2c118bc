"""Real clients of `leastway serve` on the embedded AWS: the aws CLI, botocore, kubectl."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from leastway.sandbox import AccountSeed, ClusterSeed, PlatformSeed, Sandbox, Scenario
from leastway.sandbox.assets import find_assets
from tests.integration.sandbox.world import allow, trust

pytestmark = pytest.mark.integration

LEASTWAY = str(Path(sys.executable).with_name("leastway"))
ACCOUNT, REGION, CLUSTER = "111122223333", "eu-central-1", "prod"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-access"
LISTED = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
EXTERNAL_ID = "the-right-external-id"


@dataclass(frozen=True)
class Place:
    """A server on an embedded AWS, and a user's home without AWS credentials."""

    sandbox: Sandbox
    url: str
    token: str
    home: Path
    data: Path
    messages: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a client that has the server, and no keys."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEASTWAY_"))}
        own = {"LEASTWAY_URL": self.url, "LEASTWAY_TOKEN": self.token, "HOME": str(self.home)}
        return {**kept, **self.sandbox.environment(), "AWS_CONFIG_FILE": str(self.home / "config"), **own}

    def container(self, query: str = "", account: str = "prod") -> dict[str, str]:
        uri = f"{self.url}/orgs/acme/resources/accounts/{account}/credentials{query}"
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": uri, "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.token}

    def run(self, *command: str, given: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        env = {**self.environment, **(given or {})}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)

    def api(self, method: str, path: str, body: object = None) -> Any:
        from leastway.app.server_client import ServerClient

        return ServerClient.from_environment(self.environment).request(method, path, body)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    with Sandbox(small_kubernetes=find_assets() is None) as sandbox:
        clusters = (ClusterSeed(CLUSTER, mode="API", namespaces=("shop",)),)
        keys = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT, clusters=clusters),)))
        _make_roles(sandbox, keys)
        data, messages = folder / "data", folder / "messages"
        command = [LEASTWAY, "serve", "--data", str(data), "--listen", "127.0.0.1:0", "--organization", "acme"]
        env = {**os.environ, **sandbox.environment(keys.platform)}
        with messages.open("w") as out:
            server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=out)
            try:
                url = _url(server, messages)
                token = (data / "owner-token").read_text().strip()
                found = Place(sandbox, url, token, folder, data, messages)
                for name, external_id in (("prod", EXTERNAL_ID), ("mistyped", "the-wrong-external-id")):
                    credentials = {"aws_role": ROLE, "external_id": external_id}
                    body = {"id": name, "name": name, "type": "aws-role", "credentials": credentials}
                    found.api("POST", "/orgs/acme/resources/accounts", body)
                role = {"role": LISTED, "definition": "s3-bucket", "session_name": "bucket"}
                found.api("POST", "/orgs/acme/resources/accounts/prod/roles", role)
                yield found
            finally:
                server.send_signal(signal.SIGTERM)
                assert server.wait(40) == 0


def _make_roles(sandbox: Sandbox, keys: Any) -> None:
    admin = boto3.Session(
        aws_access_key_id=keys.admins[ACCOUNT].id, aws_secret_access_key=keys.admins[ACCOUNT].secret.reveal()
    )
    iam = admin.client("iam", endpoint_url=sandbox.endpoint, region_name=REGION)
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}
    iam.create_role(
        RoleName="humanitec-access",
        AssumeRolePolicyDocument=trust(PlatformSeed().arn, **condition),
        MaxSessionDuration=43_200,
    )
    iam.put_role_policy(RoleName="humanitec-access", PolicyName="p", PolicyDocument=allow("sts:AssumeRole", LISTED))
    iam.create_role(RoleName="humanitec-s3", AssumeRolePolicyDocument=trust(ROLE))
    eks = admin.client("eks", endpoint_url=sandbox.endpoint, region_name=REGION)
    eks.create_access_entry(clusterName=CLUSTER, principalArn=ROLE, type="STANDARD")
    eks.associate_access_policy(
        clusterName=CLUSTER,
        principalArn=ROLE,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        accessScope={"type": "namespace", "namespaces": ["shop"]},
    )


def _url(server: subprocess.Popen[bytes], messages: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for line in messages.read_text().splitlines():
            if line.startswith("leastway serves "):
                return line.removeprefix("leastway serves ")
        assert server.poll() is None, messages.read_text()
        time.sleep(0.05)
    raise AssertionError("the server did not start")


def _caller(place: Place, session: botocore.session.Session) -> str:
    client: Any = session.create_client("sts", region_name=REGION, endpoint_url=place.sandbox.endpoint)
    return str(client.get_caller_identity()["Arn"])


@pytest.fixture
def botocore_in(place: Place, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes a botocore session in the environment of a client."""

    def make(given: Mapping[str, str], profile: str | None = None) -> botocore.session.Session:
        for name in [each for each in os.environ if each.startswith(("AWS_", "LEASTWAY_"))]:
            monkeypatch.delenv(name)
        for name, value in {**place.environment, **given}.items():
            monkeypatch.setenv(name, value)
        return botocore.session.Session(profile=profile)

    return make


def test_botocore_gets_credentials_by_the_container_protocol(place: Place, botocore_in: Any) -> None:
    session = botocore_in(place.container())
    assert session.get_credentials().method == "container-role"
    assert _caller(place, session) == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-access/leastway"


def test_botocore_reads_the_token_from_a_file_too(place: Place, botocore_in: Any) -> None:
    (place.home / "token").write_text(place.token)
    given = {**place.container("?definition=s3-bucket"), "AWS_CONTAINER_AUTHORIZATION_TOKEN": ""}
    session = botocore_in({**given, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(place.home / "token")})
    assert _caller(place, session) == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/bucket"


def test_botocore_gets_credentials_from_the_credential_process(place: Place, botocore_in: Any) -> None:
    process = f"{LEASTWAY} credentials prod --role {LISTED} --duration 900 --session-name build-7"
    (place.home / "config").write_text(f"[profile by-process]\ncredential_process = {process}\n")
    session = botocore_in({}, "by-process")
    assert _caller(place, session) == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/build-7"


def test_a_token_for_one_account_is_enough_for_what_the_page_has(place: Place, botocore_in: Any) -> None:
    user = place.api("POST", "/orgs/acme/users", {"name": "job", "role": "manager"})["id"]
    made = place.api("POST", f"/users/{user}/tokens", {"id": "job", "accounts": ["prod"]})
    page = (Path(__file__).parents[3] / "docs" / "credentials.md").read_text()
    process = next(line for line in page.splitlines() if line.startswith("credential_process = leastway "))
    (place.home / "config").write_text(f"[profile narrow]\n{process.replace('leastway', LEASTWAY, 1)}\n")
    session = botocore_in({"LEASTWAY_TOKEN": made["token"]}, "narrow")
    assert _caller(place, session) == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-access/leastway"

    arguments = re.search(r"command: leastway\n +args: \[(.*)\]", page)
    assert arguments is not None
    given = {"LEASTWAY_TOKEN": made["token"]}
    assert place.run(LEASTWAY, *arguments[1].split(", "), given=given).returncode == 0
    refused = place.run(LEASTWAY, "credentials", "prod", given=given)
    assert (refused.returncode, "name it with --organization" in refused.stderr) == (1, True)


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
@pytest.mark.parametrize("way", ["container", "process"])
def test_the_aws_cli_gets_credentials(place: Place, way: str) -> None:
    (place.home / "config").write_text(f"[profile prod]\ncredential_process = {LEASTWAY} credentials prod\n")
    given = place.container() if way == "container" else {"AWS_PROFILE": "prod"}
    done = place.run("aws", "sts", "get-caller-identity", "--output", "json", given=given)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Arn"].endswith("assumed-role/humanitec-access/leastway")


def test_a_wrong_external_id_shows_aws_s_refusal_with_role_and_request_id(place: Place) -> None:
    done = place.run(LEASTWAY, "credentials", "mistyped")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not allowed to perform sts:AssumeRole" in done.stderr
    assert ROLE in done.stderr
    assert "[request " in done.stderr
    assert "the-wrong-external-id" not in done.stderr


def test_a_duration_over_the_role_s_maximum_shows_aws_s_own_error(place: Place) -> None:
    place.api("POST", "/orgs/acme/resources/accounts/prod/roles", {"role": LISTED, "definition": "long"})
    done = place.run(LEASTWAY, "credentials", "prod", "--definition", "long", "--duration", "7200")
    assert "lasts at most one hour, and 7,200 seconds were requested" in done.stderr
    long = place.run(LEASTWAY, "credentials", "prod", "--duration", "43200")
    assert long.returncode == 0, long.stderr


def test_a_role_that_is_not_listed_is_refused_without_a_call_of_sts(place: Place) -> None:
    done = place.run(LEASTWAY, "credentials", "prod", "--role", f"arn:aws:iam::{ACCOUNT}:role/humanitec-other")
    assert done.returncode == 1
    assert "is not in the account's list" in done.stderr


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl on this machine")
@pytest.mark.skipif(find_assets() is None, reason="KUBEBUILDER_ASSETS has no kube-apiserver: see docs/kube-assets.md")
def test_kubectl_reaches_the_cluster_with_tokens_from_the_server(place: Place) -> None:
    config = place.home / "kubeconfig"
    config.write_text(json.dumps(_kubeconfig(place)))
    done = place.run("kubectl", "get", "configmaps", "-n", "shop", "-o", "name", given={"KUBECONFIG": str(config)})
    assert done.returncode == 0, done.stderr
    refused = place.run("kubectl", "get", "secrets", "-n", "shop", given={"KUBECONFIG": str(config)})
    assert "forbidden" in refused.stderr.lower()


def _kubeconfig(place: Place) -> dict[str, object]:
    admin = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="test")
    eks = admin.client("eks", endpoint_url=place.sandbox.endpoint, region_name=REGION)
    found = eks.describe_cluster(name=CLUSTER)["cluster"]
    assert base64.b64decode(found["certificateAuthority"]["data"])
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "interactiveMode": "Never",
        "command": LEASTWAY,
        "args": ["eks-token", "--cluster", CLUSTER, "--region", REGION, "--account", "prod"],
    }
    authority = found["certificateAuthority"]["data"]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": found["endpoint"], "certificate-authority-data": authority}}],
        "users": [{"name": "it", "user": {"exec": plugin}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }


def test_kill_stops_clients_and_lists_what_only_aws_can_end(place: Place, botocore_in: Any) -> None:
    held = botocore_in(place.container("?session_name=held"))
    assert _caller(place, held).endswith("/held")
    on = place.run(LEASTWAY, "kill", "on", "--account", "prod", "--reason", "a leak")
    assert on.returncode == 0, on.stderr
    switch = on.stdout.split()[1]
    assert "only a revocation on AWS ends what is left" in on.stdout
    assert held.get_credentials().access_key in on.stdout
    refused = place.run(LEASTWAY, "credentials", "prod")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "a kill switch stops account prod" in refused.stderr
    assert "a leak" in place.run(LEASTWAY, "kill", "list").stdout
    assert _caller(place, held).endswith("/held")  # as said: AWS still accepts it
    assert place.run(LEASTWAY, "kill", "off", switch).stdout == f"off: {switch}\n"
    assert place.run(LEASTWAY, "credentials", "prod").returncode == 0


def test_everything_is_stopped_on_the_database_itself(place: Place) -> None:
    direct = ("--direct", "--data", str(place.data))
    on = place.run(LEASTWAY, "kill", "on", "--everything", "--reason", "drill", *direct)
    assert on.returncode == 0, on.stderr
    try:
        stopped = place.run(LEASTWAY, "credentials", "prod")
        assert "a kill switch stops everything" in stopped.stderr
        assert place.run(LEASTWAY, "kill", "off", on.stdout.split()[1]).returncode == 1
    finally:
        off = place.run(LEASTWAY, "kill", "off", on.stdout.split()[1], *direct)
    assert off.returncode == 0, off.stderr
    assert place.run(LEASTWAY, "credentials", "prod").returncode == 0
    assert "no kill switch is on" in place.run(LEASTWAY, "kill", "list", *direct).stdout


def test_the_server_names_its_own_identity(place: Place) -> None:
    end = time.monotonic() + 20
    while "AWS identity is" not in (told := place.messages.read_text()):
        assert time.monotonic() < end, told
        time.sleep(0.1)
    assert f"the server's AWS identity is {PlatformSeed().arn}" in told
    assert "admit" not in told


def test_a_refused_api_call_says_what_aws_says(place: Place, botocore_in: Any) -> None:
    session = botocore_in(place.container("?definition=s3-bucket"))
    client: Any = session.create_client("iam", region_name=REGION, endpoint_url=place.sandbox.endpoint)
    with pytest.raises(ClientError, match="not authorized"):
        client.list_users()
