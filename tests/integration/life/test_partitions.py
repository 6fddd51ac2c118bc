"""The lifecycle of a grant in GovCloud and China, on an embedded AWS with these partitions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leastway.app.rehearse import rehearse_in
from leastway.estate import AccessEntry, AccessPolicy, AwsAuthMapping, Role, User
from leastway.grant import load_grant
from leastway.primitives import Partition
from leastway.sandbox import Sandbox
from leastway.sandbox.grant_scenario import scenario_of
from tests.integration.life.desk import Desk
from tests.integration.life.world import World

GRANT = """\
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {{name: acme}}
platform: shipyard.yaml
identity: {identity}
accounts:
  - id: "111122223333"
    region: {region}
    clusters:
      - name: prod
        access: [{{policy: edit, namespaces: [shop]}}]
      - name: both
        region: {other}
        access: [{{policy: view, namespaces: [shop]}}]
{legacy}    roles:
      - name: shipyard-reader
        policies: [reader.json, "arn:{partition}:iam::aws:policy/AmazonSQSReadOnlyAccess"]
"""
LEGACY = """\
      - name: legacy
        access: [{policy: view, namespaces: [shop]}]
"""
"""A cluster with only aws-auth."""
PROFILE = """\
apiVersion: leastway.dev/v1alpha1
kind: Profile
name: shipyard
version: "1"
published: 2026-11-01
sources: [made up]
principal: arn:{partition}:iam::987654321098:{principal}
addresses: [52.95.110.1/32]
role_prefix: shipyard
cluster_tag: {{key: Shipyard, value: "true"}}
user_name: shipyard
user_policy_name: Shipyard
access_role_name: shipyard-{{account}}
kubernetes_username: shipyard
kubernetes_group: shipyard
"""
READER = """\
{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "s3:GetObject",
  "Resource": "arn:{partition}:s3:::acme-backups/*"}}]}}
"""


def written(folder: Path, partition: Partition, other: str, identity: str, principal: str) -> Path:
    words = {"partition": partition, "region": partition.home_region, "other": other, "identity": identity}
    for name, text in (("grant.yaml", GRANT), ("shipyard.yaml", PROFILE), ("reader.json", READER)):
        (folder / name).write_text(text.format(**words, principal=principal, legacy=LEGACY))
    return folder / "grant.yaml"


@pytest.mark.parametrize(
    ("partition", "other", "identity", "principal"),
    [
        (Partition.GOVCLOUD, "us-gov-east-1", "trust-role", "user/shipyard"),
        (Partition.CHINA, "cn-northwest-1", "iam-user", "role/team/shipyard"),
    ],
)
def test_a_grant_is_rehearsed_in_its_partition(
    small_sandbox: Sandbox, tmp_path: Path, partition: Partition, other: str, identity: str, principal: str
) -> None:
    done = rehearse_in(small_sandbox, written(tmp_path, partition, other, identity, principal))

    assert done.failed_stages == ()
    assert done.again.is_clean
    arns = {arn for change in done.plan.changes for arn in arns_of(change.wanted)}
    assert len(arns) > 4
    assert {arn.split(":")[1] for arn in arns} == {str(partition)}
    assert {proof.subject.split(":")[1] for proof in done.proofs} == {str(partition)}


def arns_of(wanted: object) -> set[str]:
    match wanted:
        case Role() | User():
            return {wanted.arn, *wanted.policies}
        case AccessPolicy():
            return {wanted.principal, wanted.policy}
        case AccessEntry():
            return {wanted.principal}
        case AwsAuthMapping():
            return {wanted.arn}
        case _:
            return set()


def test_a_script_uses_its_partition_whatever_region_is_set(
    small_sandbox: Sandbox, warm_path: str, tmp_path: Path
) -> None:
    if shutil.which("aws") is None:
        pytest.skip("aws is not installed")
    folder = tmp_path / "grant"
    folder.mkdir()
    path = written(folder, Partition.GOVCLOUD, "us-gov-east-1", "trust-role", "user/shipyard")
    path.write_text(path.read_text().replace(LEGACY, ""))
    grant = load_grant(path)
    seeded = small_sandbox.control.seed(scenario_of(grant))
    desk = Desk(World(small_sandbox, seeded, grant, path, tmp_path / "state"), tmp_path, warm_path)
    desk.leastway("export", "aws-cli", "--out", "scripts")
    elsewhere = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
    desk.run("sh", "scripts/111122223333.sh", given=elsewhere)
    assert desk.leastway("plan")["clean"] is True
