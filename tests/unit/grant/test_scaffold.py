from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from leastway.grant import (
    AccessPolicyName,
    Grant,
    GrantError,
    GroupAccess,
    Identity,
    PolicyAccess,
    bundled_profiles,
    find_profile,
    load_grant,
)
from leastway.grant.scaffold import (
    RULES_PATH,
    AuthenticationMode,
    DiscoveredAccount,
    DiscoveredCluster,
    scaffold,
    scaffold_rules,
)
from leastway.primitives import Partition

if TYPE_CHECKING:
    from pathlib import Path

FOUND = (
    DiscoveredAccount(
        "012345678901",
        "eu-central-1",
        (
            DiscoveredCluster("prod", "eu-central-1", AuthenticationMode.API, tagged=True),
            DiscoveredCluster("0815", "eu-central-1", AuthenticationMode.API_AND_CONFIG_MAP),
            DiscoveredCluster("legacy", "us-east-1", AuthenticationMode.CONFIG_MAP),
        ),
    ),
    DiscoveredAccount("444455556666", "eu-west-1"),
)
DECISIONS = {
    "<<NAME>>": "acme",
    "<<ACCOUNT_ID>>": "111122223333",
    "<<REGION>>": "eu-central-1",
    "<<CLUSTER_NAME>>": "prod",
    "<<NAMESPACE>>": "shop",
    "<<PURPOSE>>": "queues",
    "<<FILE_WITH_A_POLICY>>": "sqs.json",
    "<<WHY_THIS_IS_NEEDED>>": "it documents only its whole account",
    "<<EXTERNAL_ID>>": "6f0c1b8e5a9d4e27b3f8a2c46d9e01f5",
}


def humanitec_scaffold(**options: Any) -> str:
    return scaffold(find_profile("humanitec"), reference="humanitec", **options)


def written(text: str, folder: Path) -> Path:
    (folder / RULES_PATH).parent.mkdir(exist_ok=True)
    (folder / RULES_PATH).write_text(scaffold_rules())
    statement = '{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:shop"}'
    (folder / "sqs.json").write_text('{"Version": "2012-10-17", "Statement": ' + statement + "}")
    path = folder / "grant.yaml"
    path.write_text(text)
    return path


def decided(text: str, folder: Path) -> Grant:
    for mark, value in DECISIONS.items():
        text = text.replace(mark, value)
    assert "<<" not in "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return load_grant(written(text, folder))


@pytest.mark.parametrize("accounts", [(), FOUND], ids=["nothing found", "clusters found"])
def test_a_scaffold_is_refused_only_for_its_placeholders(
    accounts: tuple[DiscoveredAccount, ...], tmp_path: Path
) -> None:
    with pytest.raises(GrantError) as caught:
        load_grant(written(humanitec_scaffold(accounts=accounts), tmp_path))
    assert {problem.rule for problem in caught.value.problems} == {"placeholder"}


@pytest.mark.parametrize("identity", list(Identity))
def test_a_scaffold_without_discovery_loads_when_it_is_filled_in(identity: Identity, tmp_path: Path) -> None:
    grant = decided(humanitec_scaffold(identity=identity), tmp_path)
    assert grant.identity is identity
    assert grant.accounts[0].clusters[0].name == "prod"


def test_rules_are_marked_as_a_suggestion_and_no_iam_policy_is_suggested() -> None:
    assert scaffold_rules().startswith("# A suggestion: ")
    assert "policies: [<<FILE_WITH_A_POLICY>>]" in humanitec_scaffold()
    assert "policies: [<<FILE_WITH_A_POLICY>>]" in humanitec_scaffold(accounts=FOUND)


def test_the_commented_fields_load_when_they_are_uncommented(tmp_path: Path) -> None:
    text = humanitec_scaffold(name="acme")
    for line in text.splitlines():
        if line.startswith(("    # roles", "    #   - name", "    #     policies", "    # access: {profile")):
            text = text.replace(line, line.replace("# ", "", 1))
    grant = decided(text.replace("<<AWS_PROFILE>>", "acme-admin"), tmp_path)
    assert grant.accounts[0].roles[0].name == "humanitec-queues"


def test_discovered_clusters_get_the_access_that_their_mode_supports(tmp_path: Path) -> None:
    grant = decided(humanitec_scaffold(name="acme", accounts=FOUND), tmp_path)
    first, second = grant.accounts
    prod, numbered, legacy = first.clusters
    assert prod.access == (PolicyAccess(policy=AccessPolicyName.EDIT, namespaces=("shop",)),)
    assert (numbered.name, type(numbered.access[0])) == ("0815", PolicyAccess)
    assert (legacy.region, type(legacy.access[0])) == ("us-east-1", GroupAccess)
    assert not second.clusters
    assert second.roles[0].name == "humanitec-queues"


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_the_platform_is_a_placeholder_in_another_partition(region: str, tmp_path: Path) -> None:
    cluster = DiscoveredCluster("prod", region, AuthenticationMode.API)
    text = humanitec_scaffold(name="acme", accounts=[DiscoveredAccount("111122223333", region, (cluster,))])
    assert "platform: <<FILE_WITH_A_PROFILE>>" in text
    assert f"in {Partition.of_region(region)}, but" in text
    assert all(len(line) < 130 for line in text.splitlines())
    with pytest.raises(GrantError) as caught:
        load_grant(written(text, tmp_path))
    assert {problem.rule for problem in caught.value.problems} == {"placeholder"}


@pytest.mark.parametrize("name", bundled_profiles())
@pytest.mark.parametrize("accounts", [(), FOUND], ids=["nothing found", "clusters found"])
def test_each_platform_has_a_scaffold_that_loads_when_it_is_filled_in(
    name: str, accounts: tuple[DiscoveredAccount, ...], tmp_path: Path
) -> None:
    profile = find_profile(name)
    text = scaffold(profile, reference=name, name="acme", accounts=accounts)
    for number in range(text.count("<<EXTERNAL_ID>>")):
        composed = f"acme@01JD3ZK5W8N4M7Q2R6T9V1X3Y{number}@network@write"
        own = f"6f0c1b8e5a9d4e27b3f8a2c46d9e01f{number}"
        text = text.replace("<<EXTERNAL_ID>>", composed if profile.external_id_form else own, 1)
    grant = decided(re.sub("<<(?!NAME|ACC|REG|CLU|NAMES|PURP|FILE|WHY)[A-Z_]+>>", "acme", text), tmp_path)
    assert grant.platform is profile
    assert all(role.name.startswith(profile.role_prefix) for account in grant.accounts for role in account.roles)
    assert ("iam-user" in text) is bool(profile.addresses)


def test_a_version_is_pinned(tmp_path: Path) -> None:
    pinned = find_profile("humanitec", "v0.0.5")
    assert decided(scaffold(pinned, reference="humanitec@v0.0.5"), tmp_path).platform is pinned
