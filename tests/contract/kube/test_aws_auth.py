"""aws-auth as clusters read it, including mistakes."""

from collections.abc import Callable

import pytest

from tests.contract.kube.world.aws import ACCOUNT, FakeAws, Key
from tests.contract.kube.world.client import Client

Login = Callable[[Key], Client]
PATH = "/api/v1/namespaces/kube-system/configmaps"


@pytest.fixture(autouse=True)
def _config_map_only(aws: FakeAws) -> None:
    aws.mode = "CONFIG_MAP"


def _write(admin: Client, **data: str) -> None:
    answer = admin.create(PATH, {"metadata": {"name": "aws-auth"}, "data": data})
    if answer.code == 409:
        answer = admin.put(f"{PATH}/aws-auth", {"metadata": {"name": "aws-auth"}, "data": data})
    assert answer.code in (200, 201), answer


def test_roles_users_and_accounts_are_mapped(aws: FakeAws, admin: Client, login: Login) -> None:
    role_arn, role = aws.role("humanitec", session="run-7")
    user_arn, user = aws.user("team/alice")
    _write(
        admin,
        mapRoles=f"- rolearn: {role_arn}\n  username: platform:{{{{SessionName}}}}\n  groups: [deployers, readers]\n",
        mapUsers=f"- userarn: {user_arn}\n  username: alice-{{{{AccountID}}}}\n",
    )
    info = login(role).whoami()
    assert info is not None
    assert info["username"] == "platform:run-7"
    assert set(info["groups"]) == {"deployers", "readers", "system:authenticated"}
    info = login(user).whoami()
    assert info is not None
    assert info["username"] == f"alice-{ACCOUNT}"


def test_an_account_admits_its_principals_by_their_arn(aws: FakeAws, admin: Client, login: Login) -> None:
    arn, key = aws.role("stranger")
    _write(admin, mapAccounts=f"- '{ACCOUNT}'\n")
    info = login(key).whoami()
    assert info is not None
    assert info["username"] == arn


def test_arns_are_case_insensitive_and_roles_have_no_path(aws: FakeAws, admin: Client, login: Login) -> None:
    arn, key = aws.role("team/Humanitec")
    _write(admin, mapRoles=f"- {{rolearn: '{arn}', username: a}}")
    assert login(key).whoami() is None
    _write(admin, mapRoles=f"- {{rolearn: '{arn.replace('team/', '').lower()}', username: a}}")
    assert login(key).whoami()


def test_a_change_takes_effect_immediately(aws: FakeAws, admin: Client, login: Login) -> None:
    arn, key = aws.user("alice")
    assert login(key).whoami() is None
    _write(admin, mapUsers=f"- {{userarn: '{arn}', username: alice}}")
    assert login(key).whoami()
    _write(admin)
    assert login(key).whoami() is None


@pytest.mark.parametrize(
    "spoiled",
    [
        "- rolearn: [",
        "\t- rolearn: x",
        "rolearn: {arn}\nusername: b\n",
        "- {{rolearn: '{arn}', username: b}}\n- {{",
    ],
    ids=["open", "tab", "not a list", "end"],
)
def test_an_invalid_section_maps_nobody_and_the_other_still_maps(
    aws: FakeAws, admin: Client, login: Login, spoiled: str
) -> None:
    role_arn, role = aws.role("humanitec")
    user_arn, user = aws.user("alice")
    users = f"- {{userarn: '{user_arn}', username: alice}}"
    _write(admin, mapRoles=f"- {{rolearn: '{role_arn}', username: b}}", mapUsers=users)
    assert login(role).whoami()
    _write(admin, mapRoles=spoiled.format(arn=role_arn), mapUsers=users)
    assert login(role).whoami() is None
    assert login(user).whoami()


def test_access_entries_still_work_and_can_repair_an_invalid_map(aws: FakeAws, admin: Client, login: Login) -> None:
    aws.mode = "API_AND_CONFIG_MAP"
    engineer_arn, engineer = aws.role("engineer")
    aws.grant(engineer_arn)
    aws.associate(engineer_arn, "AmazonEKSClusterAdminPolicy")
    role_arn, role = aws.role("humanitec")
    user_arn, user = aws.user("alice")
    both_arn, both = aws.user("platform")
    aws.grant(both_arn, "entry")
    good = {
        "mapRoles": f"- {{rolearn: '{role_arn}', username: b}}",
        "mapUsers": f"- {{userarn: '{user_arn}', username: alice}}\n- {{userarn: '{both_arn}', username: map}}",
    }
    _write(admin, mapRoles="- rolearn: [", mapUsers="\t- x", mapAccounts="{")
    assert login(role).whoami() is None
    assert login(user).whoami() is None
    info = login(both).whoami()
    assert info is not None
    assert info["username"] == "entry"
    _write(login(engineer), **good)
    assert login(role).whoami()
    assert login(user).whoami()


def test_nobody_gets_access_by_an_invalid_map_without_access_entries(aws: FakeAws, admin: Client, login: Login) -> None:
    role_arn, role = aws.role("engineer")
    aws.grant(role_arn, "entry", ["system:masters"])
    _write(admin, mapRoles=f"- {{rolearn: '{role_arn}', username: b, groups: [system:masters]}}")
    assert login(role).may("delete", "nodes")
    _write(admin, mapRoles=f"- {{rolearn: '{role_arn}', username: b, groups: [system:masters]")
    assert login(role).whoami() is None


def test_keys_in_the_wrong_case_are_ignored(aws: FakeAws, admin: Client, login: Login) -> None:
    arn, key = aws.user("alice")
    _write(admin, mapusers=f"- {{userarn: '{arn}', username: alice}}")
    assert login(key).whoami() is None


def test_fields_in_the_wrong_case_are_read(aws: FakeAws, admin: Client, login: Login) -> None:
    arn, key = aws.user("alice")
    _write(admin, mapUsers=f"- {{userARN: '{arn}', UserName: alice, GROUPS: [a]}}")
    info = login(key).whoami()
    assert info is not None
    assert "a" in info["groups"]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("groups: system:masters", set()),
        ("groups:\n  - one\n    - two", {"one - two"}),
        ("groups:\n  - one\n  - 2", {"one", ""}),
        ("groups: []", set()),
    ],
    ids=["text", "indented", "number", "empty"],
)
def test_malformed_groups_are_read_as_the_authenticator_reads_them(
    aws: FakeAws, admin: Client, login: Login, groups: str, expected: set[str]
) -> None:
    arn, key = aws.user("alice")
    _write(admin, mapUsers=f"- userarn: {arn}\n  username: alice\n  {groups}\n")
    info = login(key).whoami()
    assert info is not None
    assert set(info["groups"]) == {"system:authenticated", *expected}


def test_an_entry_without_an_arn_is_ignored_and_the_others_stay(aws: FakeAws, admin: Client, login: Login) -> None:
    arn, key = aws.user("alice")
    _write(admin, mapUsers=f"- {{username: bob}}\n- {{userarn: '{arn}', username: alice}}")
    assert login(key).whoami()


def test_the_last_entry_of_a_repeated_role_counts(aws: FakeAws, admin: Client, login: Login) -> None:
    arn, key = aws.role("humanitec")
    _write(admin, mapRoles=f"- {{rolearn: '{arn}', username: first}}\n- {{rolearn: '{arn}', username: second}}")
    info = login(key).whoami()
    assert info is not None
    assert info["username"] == "second"
