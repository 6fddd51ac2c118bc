"""The deployment of a rehearsal: by the grant's access, through an agent, on a real API server where there is one.

The server's account is an `aws-role`: the embedded AWS judges AssumeRole with its external id, DescribeCluster by that
session, and the token for the cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from leastway.api import serving_on_loopback
from leastway.app import rehearsed_workload
from leastway.app.rehearse import Rehearsal, rehearse_in
from leastway.app.rehearsed_agent import agent_beside
from leastway.custody import new_agent_key
from leastway.primitives import Secret
from leastway.sandbox import Sandbox
from leastway.sandbox.assets import find_assets
from leastway.service.rehearsal import rehearse_server
from tests.integration.tunnel.world import until

pytestmark = pytest.mark.integration

START = partial(rehearse_server, serve=serving_on_loopback)
GRANT = """
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
platform: humanitec
accounts:
  - id: "111122223333"
    region: eu-central-1
    clusters:
      - name: prod
        access:
          - {policy: view, namespaces: [shop]}
          - {group: humanitec, rules: rbac/deployer.yaml, namespaces: [shop]}
"""
IDENTITY = "          - {group: humanitec, rules: rbac/identity.yaml, namespaces: [kube-system]}\n"
SKIPPED = "a workload is deployed to a cluster through an agent"


@pytest.fixture
def real(sandbox: Sandbox) -> Sandbox:
    if find_assets() is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    return sandbox


def rehearsed(sandbox: Sandbox, folder: Path, grant: str) -> Rehearsal:
    """Rehearse a grant with the rules of the example."""
    rules = files("leastway") / "examples" / "seed" / "rbac"
    (folder / "rbac").mkdir()
    for name in ("deployer.yaml", "identity.yaml"):
        (folder / "rbac" / name).write_text((rules / name).read_text())
    (folder / "grant.yaml").write_text(grant)
    return rehearse_in(sandbox, folder / "grant.yaml", START)


def test_a_workload_is_deployed_by_a_session_of_the_access_role_and_removed(real: Sandbox, tmp_path: Path) -> None:
    done = rehearsed(real, tmp_path, GRANT + IDENTITY)
    steps = {step.what: step for step in done.platform}
    assert [step for step in done.platform if not step.passed] == []
    assert "is not connected: it has never been connected" in steps["without its agent, nothing is deployed"].detail
    deployed = steps["a workload is deployed to namespace shop through it"]
    assert deployed.detail == "as humanitec; no controllers run here, so pods are not waited for"
    assert (
        steps["its objects are there"].detail
        == "Deployment rehearsal, Service rehearsal: seen by the administrator of prod"
    )
    assert steps["an empty set removes them"].detail == "2 objects removed"
    assert steps["its objects are gone"].passed
    tried = [step.what for step in done.platform]
    assert tried.index("its objects are gone") < tried.index("the audit log is intact")

    journal = real.control.journal()
    role = "arn:aws:sts::111122223333:assumed-role/humanitec-eks-access-111122223333/leastway"
    last = max(number for number, one in enumerate(journal) if one.action == "patch services")
    described = [one.principal for one in journal[:last] if one.action == "DescribeCluster"]
    assert role in described
    changed = {one.principal for one in journal if one.action in ("patch services", "delete deployments")}
    assert changed == {"humanitec"}
    assert done.passed


def test_an_agent_with_another_target_carries_no_deployment(
    real: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(
        _: str, server: str, organization: str, agent: str, key: Secret
    ) -> AbstractContextManager[Callable[[], str | None]]:
        return agent_beside("127.0.0.1:1", server, organization, agent, key)

    monkeypatch.setattr(rehearsed_workload, "agent_beside", elsewhere)
    done = rehearsed(real, tmp_path, GRANT + IDENTITY)
    failed = [step for step in done.platform if not step.passed]
    assert failed[0].what == "a workload is deployed to namespace shop through it"
    assert "is not on the agent's list of targets" in failed[0].detail
    assert not done.passed


def test_an_agent_that_ends_says_why() -> None:
    private, _ = new_agent_key()
    with agent_beside("no target", "http://127.0.0.1:1", "acme", "prod", private) as trouble:
        until(lambda: trouble() is not None, seconds=60)
        assert "'no target' is not HOST:PORT" in (trouble() or "")


def test_a_grant_that_allows_no_deployment_is_not_rehearsed_with_one(real: Sandbox, tmp_path: Path) -> None:
    done = rehearsed(real, tmp_path, GRANT)
    (skipped,) = [step for step in done.platform if step.what == SKIPPED]
    assert skipped.is_skipped
    reason = "no cluster of the grant gives what a deployment needs: prod lacks get namespaces in kube-system"
    assert skipped.detail == reason
    assert done.passed


def test_the_small_api_server_is_the_reason(small_sandbox: Sandbox, tmp_path: Path) -> None:
    done = rehearsed(small_sandbox, tmp_path, GRANT + IDENTITY)
    (skipped,) = [step for step in done.platform if step.what == SKIPPED]
    assert skipped.is_skipped
    assert skipped.detail.startswith("leastway's small API server has no Deployments")
    assert done.passed
