"""Humanitec's own Terraform provider against a running server, where one is at hand.

LEASTWAY_TERRAFORM_PROVIDERS names a filesystem mirror with humanitec/humanitec 0.16.8 and 1.9.1. Elsewhere, what the
provider sent for the same configurations is replayed: tests/contract/api/test_terraform_transcripts.py.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leastway.registry import EMPTY_SET
from tests.integration.tunnel.world import until
from tests.running_server import RunningServer, running_server

pytestmark = pytest.mark.integration

CONFIGURATIONS = Path(__file__).parent / "terraform"
VERSIONS = ("0.16.8", "1.9.1")
Run = Callable[..., None]
UNCHANGED, DIFFERENT = 0, 2


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(tmp_path / "data") as server:
        yield server


@pytest.fixture(params=VERSIONS)
def terraform(request: pytest.FixtureRequest, running: RunningServer, tmp_path: Path) -> Run:
    """Run Terraform in a folder with the configuration for one version of the provider."""
    return _terraform(running, tmp_path, request.param, request.param)


def _terraform(running: RunningServer, tmp_path: Path, version: str, configuration: str) -> Run:
    mirror, program = os.environ.get("LEASTWAY_TERRAFORM_PROVIDERS"), shutil.which("terraform")
    if mirror is None or program is None:
        pytest.skip("LEASTWAY_TERRAFORM_PROVIDERS names no mirror with Humanitec's provider, or no program can use it")
    if not list(Path(mirror).glob(f"*/humanitec/humanitec/{version}/*")):
        pytest.skip(f"the mirror in LEASTWAY_TERRAFORM_PROVIDERS lacks version {version}")
    folder = tmp_path / "work"
    shutil.copytree(CONFIGURATIONS / configuration, folder)
    settings = tmp_path / "terraform.rc"
    settings.write_text(
        f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(mirror)}\n  }}\n}}\n"
    )
    where = "HUMANITEC_HOST" if version == "0.16.8" else "HUMANITEC_API_PREFIX"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TF_CLI_CONFIG_FILE": str(settings),
        "CHECKPOINT_DISABLE": "1",
        where: running.url,
        "HUMANITEC_ORG": "acme",
        "HUMANITEC_TOKEN": running.owner.reveal(),
    }

    def run(*arguments: str, ends: int = 0, **variables: str) -> None:
        changed = {f"TF_VAR_{name}": value for name, value in variables.items()}
        options = () if arguments[0] == "state" else ("-input=false", "-no-color")
        command = [program, arguments[0], *options, *arguments[1:]]
        ended = subprocess.run(
            command, cwd=folder, env=environment | changed, capture_output=True, text=True, timeout=120, check=False
        )
        assert ended.returncode == ends, ended.stdout + ended.stderr

    run("init")
    return run


def test_what_is_applied_stays_is_changed_imported_and_destroyed(terraform: Run, running: RunningServer) -> None:
    terraform("apply", "-auto-approve")
    terraform("plan", "-detailed-exitcode", ends=UNCHANGED)
    terraform("plan", "-detailed-exitcode", ends=DIFFERENT, revision="refs/tags/v2")
    terraform("apply", "-auto-approve", revision="refs/tags/v2")
    terraform("plan", "-detailed-exitcode", ends=UNCHANGED, revision="refs/tags/v2")
    defined = {one["id"]: one for one in running.request("GET", "/orgs/acme/resources/defs").json()}
    assert b"planted" not in json.dumps(defined).encode()
    parameter = next(identifier for identifier in defined if "parameter" in identifier)
    terraform("state", "rm", "humanitec_resource_definition.parameter")
    terraform("import", "humanitec_resource_definition.parameter", parameter)
    terraform("apply", "-auto-approve", revision="refs/tags/v2")
    terraform("plan", "-detailed-exitcode", ends=UNCHANGED, revision="refs/tags/v2")
    terraform("destroy", "-auto-approve")
    assert running.request("GET", "/orgs/acme/resources/defs").json() == []


def test_an_environment_is_based_on_a_deployment_and_replaced_for_another_one(
    running: RunningServer, tmp_path: Path
) -> None:
    terraform = _terraform(running, tmp_path, "1.9.1", "deployed")
    assert running.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201
    path, copy = "/orgs/acme/apps/shop/envs/development/deploys", "/orgs/acme/apps/shop/envs/copy"
    made: list[str] = []
    for _ in range(2):
        made.append(running.request("POST", path, {"set_id": EMPTY_SET.id}).json()["id"])
        until(lambda: running.request("GET", f"{path}/{made[-1]}").json()["status"] == "succeeded")

    terraform("apply", "-auto-approve", name="first", deployment=made[0])
    terraform("plan", "-detailed-exitcode", ends=UNCHANGED, name="first", deployment=made[0])
    terraform("apply", "-auto-approve", name="second", deployment=made[0])
    found = running.request("GET", copy).json()
    assert (found["name"], found["from_deploy"]["id"]) == ("The second name", made[0])
    terraform("plan", "-detailed-exitcode", ends=DIFFERENT, name="second", deployment=made[1])
    terraform("apply", "-auto-approve", name="second", deployment=made[1])
    assert running.request("GET", copy).json()["from_deploy"]["id"] == made[1]
    terraform("destroy", "-auto-approve", name="second", deployment=made[1])
    assert running.request("GET", copy).status == 404
