"""Platforms other than Humanitec: each bundled profile rehearses, and the access of tokens is exactly the grant's."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from leastway.api import serving_on_loopback
from leastway.app.rehearse import rehearse_in
from leastway.policy.prove import Proved
from leastway.sandbox import Sandbox
from leastway.service.rehearsal import rehearse_server
from leastway.verify import ProbeVerdict, WebIdentityCall
from tests.integration.life.desk import Desk
from tests.integration.life.world import world_of

pytestmark = pytest.mark.integration

START = partial(rehearse_server, serve=serving_on_loopback)
ID = "222233334444"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "arn:aws:s3:::acme-*"},
    }
)
CLUSTERS = "clusters: [{name: prod, access: [{policy: edit, namespaces: [shop]}]}], "
GITHUB = '{profile: github-actions, subjects: ["repo:acme/infra:ref:refs/heads/main", "repo:acme/shop:*"]}'
HOST = "token.actions.githubusercontent.com"
PLATFORMS = {
    "github-actions": (GITHUB, "github-actions-s3", CLUSTERS),
    "gitlab": ('{profile: gitlab, subjects: ["project_path:acme/infra:ref_type:*"]}', "gitlab-s3", ""),
    "hcp-terraform": (
        '{profile: hcp-terraform, subjects: ["organization:acme:project:shop:workspace:prod:run_phase:*"]}',
        "hcp-terraform-s3",
        "",
    ),
    "datadog": (
        "{profile: datadog, unsafe_reason: it documents only its whole account}",
        "DatadogIntegration-s3",
        "external_id: 6f0c1b8e5a9d4e27b3f8a2c46d9e01f5, ",
    ),
    "spacelift": (
        "{profile: spacelift, unsafe_reason: it documents only its whole account}",
        "spacelift-s3, external_id: acme@01JD3ZK5W8N4M7Q2R6T9V1X3Y5@network@write",
        f"external_id: acme@01JD3ZM0B2C4D6F8G1H3J5K7M9@network@read, {CLUSTERS}",
    ),
}

WHO = {
    "datadog": "anybody in arn:aws:iam::464622532012:root, with the external id,",
    "spacelift": "anybody in arn:aws:iam::324880187172:root, with the external id of account acme, integration ",
}


def written(folder: Path, name: str) -> Path:
    platform, role, more = PLATFORMS[name]
    folder.mkdir(exist_ok=True)
    (folder / "s3.json").write_text(POLICY)
    grant = folder / "grant.yaml"
    account = f'{{id: "{ID}", region: eu-central-1, {more}roles: [{{name: {role}, policies: [s3.json]}}]}}'
    head = "apiVersion: leastway.dev/v1alpha1\nkind: Grant\nmetadata: {name: acme}\n"
    grant.write_text(f"{head}platform: {platform}\naccounts: [{account}]\n")
    return grant


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_bundled_platform_passes_its_rehearsal(small_sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    done = rehearse_in(small_sandbox, written(tmp_path, name), START)

    assert done.failed_stages == ()
    first, *others = done.platform
    if has_tokens := name not in WHO:
        assert first.detail == f"{name} comes in with tokens of its own"
    assert (first.is_skipped and not others) == has_tokens
    registered = [step for step in done.platform if "is registered and checked" in step.what]
    assert len(registered) == (name == "spacelift"), "the other grants have no clusters"
    assert {type(proof.verdict) for proof in done.proofs} == {Proved}
    tokens = [one for one in done.answers if isinstance(one.probe.request, WebIdentityCall)]
    refused = [one for one in tokens if one.probe.expected is ProbeVerdict.DENIED]
    assert len(refused) == {"github-actions": 7, "gitlab": 4, "hcp-terraform": 4, "datadog": 0, "spacelift": 0}[name]
    who = next(proof.text for proof in done.proofs if "can be assumed only by" in proof.text)
    assert WHO.get(name, "tokens of ") in who
    assert who.endswith(", from any address")


@pytest.fixture
def desk(small_sandbox: Sandbox, warm_path: str, tmp_path: Path) -> Desk:
    if shutil.which("aws") is None:
        pytest.skip("aws is not installed")
    grant = written(tmp_path / "grant", "github-actions")
    return Desk(world_of(small_sandbox, grant, tmp_path), tmp_path, warm_path)


def aws(desk: Desk, *arguments: str) -> Any:
    return json.loads(desk.run("aws", "iam", *arguments, "--output", "json").stdout or "null")


def test_a_trust_policy_for_other_repositories_is_refuted_with_one_of_them(desk: Desk) -> None:
    desk.run("leastway", "apply", "--yes")
    role = aws(desk, "get-role", "--role-name", "github-actions-s3")["Role"]
    opened = json.dumps(role["AssumeRolePolicyDocument"]).replace("repo:acme/shop:*", "repo:acme/*")
    aws(desk, "update-assume-role-policy", "--role-name", "github-actions-s3", "--policy-document", opened)

    refuted = [one for one in desk.leastway("prove", "--live", expect=3)["proofs"] if one["verdict"] == "refuted"]
    assert [one["detail"] for one in refuted] == ["it also admits repo:acme/another-repository:another-context"]


def test_an_existing_provider_is_shared_and_kept_while_others_use_it(desk: Desk) -> None:
    aws(desk, "create-open-id-connect-provider", "--url", f"https://{HOST}", "--client-id-list", "another")
    (change,) = [one for one in desk.leastway("plan", expect=3)["changes"] if one["address"].endswith(HOST)]
    assert (change["action"], change["differences"][0]["after"]) == ("adopt", ["another", "sts.amazonaws.com"])
    desk.run("leastway", "apply", "--yes")
    arn = f"arn:aws:iam::{ID}:oidc-provider/{HOST}"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{HOST}:sub": "repo:acme/another:pull_request"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws(desk, "create-role", "--role-name", "others", "--assume-role-policy-document", document)

    assert desk.leastway("status")["places"]
    assert "it is still used by role others" in desk.run("leastway", "offboard", "--yes", expect=None).stdout
    aws(desk, "delete-role", "--role-name", "others")
    desk.run("leastway", "offboard", "--yes")
    assert aws(desk, "list-open-id-connect-providers")["OpenIDConnectProviderList"] == []


def test_a_provider_that_fits_is_used_as_it_is_and_left(desk: Desk) -> None:
    aws(desk, "create-open-id-connect-provider", "--url", f"https://{HOST}", "--client-id-list", "sts.amazonaws.com")
    changes = {one["address"]: one["action"] for one in desk.leastway("plan", expect=3)["changes"]}
    assert changes[f"{ID}/identity-provider/{HOST}"] == "none"
    desk.run("leastway", "apply", "--yes")
    desk.run("leastway", "offboard", "--yes")
    assert len(aws(desk, "list-open-id-connect-providers")["OpenIDConnectProviderList"]) == 1


def test_the_script_creates_what_the_plan_expects(desk: Desk) -> None:
    desk.leastway("export", "aws-cli", "--out", "files")
    desk.run("sh", f"files/{ID}.sh")
    desk.run("sh", f"files/{ID}.sh")
    assert desk.leastway("plan")["changes"]
    desk.leastway("export", "cloudformation", "--out", "templates")
    template = (desk.world.path.parent / "templates" / f"{ID}.yaml").read_text()
    assert "AWS::IAM::OIDCProvider" in template
    assert "DeletionPolicy" in template
    desk.leastway("export", "terraform", "--out", "module")
    module = (desk.world.path.parent / "module" / ID / "iam.tf").read_text()
    assert 'resource "aws_iam_openid_connect_provider"' in module
