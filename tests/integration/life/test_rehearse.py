"""Rehearsals that need more of the embedded AWS than the examples. `tests/golden` rehearses on real API servers."""

from __future__ import annotations

import os
import shutil
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from leastway.api import serving_on_loopback
from leastway.app.rehearse import rehearse_in
from leastway.policy.prove import Proved, Unknown
from leastway.ports import PlatformStep
from leastway.sandbox import Sandbox
from leastway.service.rehearsal import RehearsedServer, rehearse_server

pytestmark = pytest.mark.integration

START = partial(rehearse_server, serve=serving_on_loopback)
GRANT = """
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {name: acme}
"""
PROFILE = """
apiVersion: leastway.dev/v1alpha1
kind: Profile
name: shipyard
version: "1"
published: 2026-11-01
sources: [the platform's onboarding page]
principal: arn:aws:iam::987654321098:role/docks/shipyard
addresses: [52.95.110.1/32]
role_prefix: shipyard
cluster_tag: {key: Shipyard, value: "true"}
user_name: shipyard
user_policy_name: Shipyard
access_role_name: shipyard-{account}
kubernetes_username: shipyard
kubernetes_group: shipyard
"""


@pytest.fixture
def sandbox(small_sandbox: Sandbox) -> Sandbox:
    return small_sandbox


def test_a_platform_with_a_role_as_its_principal_uses_a_session(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "shipyard.yaml").write_text(PROFILE)
    grant = tmp_path / "grant.yaml"
    grant.write_text(
        f"{GRANT}platform: shipyard.yaml\n"
        'accounts: [{id: "111122223333", region: eu-central-1, clusters: '
        "[{name: prod, access: [{policy: edit, namespaces: [shop]}]}]}]\n"
    )
    done = rehearse_in(sandbox, grant)
    assert done.failed_stages == ()
    assert [type(proof.verdict) for proof in done.proofs] == [Proved] * 4


def test_claims_about_an_aws_policy_without_text_are_unknown(sandbox: Sandbox, tmp_path: Path) -> None:
    grant = tmp_path / "grant.yaml"
    grant.write_text(
        f"{GRANT}platform: humanitec\n"
        'accounts: [{id: "111122223333", region: eu-central-1, roles: '
        '[{name: humanitec-db, policies: ["arn:aws:iam::aws:policy/AmazonRDSFullAccess"]}]}]\n'
    )
    done = rehearse_in(sandbox, grant)
    assert done.failed_stages == ()
    unknown = [proof.text for proof in done.proofs if isinstance(proof.verdict, Unknown)]
    assert len(unknown) == 2
    assert any("cannot widen its own access" in text for text in unknown)


@pytest.mark.parametrize("example", ["seed", "two-accounts"])
def test_the_platforms_server_uses_the_grant_and_sees_its_revocation(sandbox: Sandbox, example: str) -> None:
    grant = Path(str(files("leastway") / "examples" / example / "grant.yaml"))
    before = dict(os.environ)
    done = rehearse_in(sandbox, grant, START)
    assert dict(os.environ) == before
    assert done.failed_stages == ()
    assert [step for step in done.platform if not step.passed] == []
    said = " / ".join(f"{step.what}  {step.detail}" for step in done.platform)
    tried = " / ".join(step.what for step in done.platform)
    for what in ("is registered and checked", "gives a session of", "is stopped", "is started again"):
        assert what in tried
    has_user = example == "seed"
    for what in ("accepts the new key", "by the new key", "is rotated  10 steps", "refused with the key from before"):
        assert (what in said) == has_user
    for what in ("does not pass its check", "passes its check again", "gives a new session of", "audit log is intact"):
        assert what in tried
    *skipped, deployment = [step.detail for step in done.platform if step.is_skipped]
    assert deployment.startswith("leastway's small API server has no Deployments")
    has_terraform = shutil.which("terraform") is not None or shutil.which("tofu") is not None
    if not has_user:
        assert skipped == ["no role that the platform assumes may make and remove a bucket"]
    elif has_terraform and shutil.which("bwrap") is not None:
        assert skipped == []
        for what in ("CreateBucket allowed", "the bucket is there", "DeleteBucket allowed", "the bucket is gone"):
            assert what in said


def test_a_rehearsal_does_not_pass_if_the_platforms_server_does_something_else(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RehearsedServer, "_check", lambda *_: "it always passes")
    grant = Path(str(files("leastway") / "examples" / "two-accounts" / "grant.yaml"))
    done = rehearse_in(sandbox, grant, START)
    assert {step.what.partition(" ")[2] for step in done.platform if not step.passed} == {"does not pass its check"}
    assert not done.passed


def test_a_key_that_the_platforms_server_does_not_accept_is_not_rotated(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = PlatformStep("the account accepts the new key", False, "it does not")
    monkeypatch.setattr(RehearsedServer, "give_key", lambda *_: (refused,))
    grant = Path(str(files("leastway") / "examples" / "seed" / "grant.yaml"))
    done = rehearse_in(sandbox, grant, START)
    assert [step for step in done.platform if not step.passed] == [refused]
    assert not any("is rotated" in step.what for step in done.platform)
    assert not done.passed
