from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from leastway.errors import InvalidInputError
from leastway.grant import (
    AccessPolicyName,
    Ambient,
    AssumeRole,
    AwsManagedPolicy,
    AwsProfile,
    GrantError,
    GroupAccess,
    Identity,
    PolicyAccess,
    PolicyFile,
    load_grant,
)
from leastway.rbac import RbacRule
from tests.yaml_cases import cases_in

from .laying_out import CASES, EXAMPLES, lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from leastway.grant import Grant

ID, REGION, EDIT = 'id: "111122223333"', "region: eu-central-1", 'policy: edit\n            namespaces: ["app-*"]'
REASON = "unsafe_reason: the installer of the service mesh needs it until March"


def changed(tmp_path: Path, changes: dict[str, str]) -> Grant:
    return load_grant(lay_out({"change": {"grant.yaml": changes}}, tmp_path / "grant"))


def test_the_example_of_the_onboarding_document_is_read() -> None:
    grant = load_grant(EXAMPLES / "seed" / "grant.yaml")

    assert grant.name == "acme"
    assert grant.identity is Identity.IAM_USER
    assert grant.platform.name == "humanitec"
    assert len(grant.platform.addresses) == 12
    (account,) = grant.accounts
    assert (account.id, account.region, account.access) == ("111122223333", "eu-central-1", Ambient())
    prod, staging, legacy = account.clusters
    assert prod.access == (PolicyAccess(policy=AccessPolicyName.EDIT, namespaces=("app-*",)),)
    assert [type(access) for access in staging.access] == [PolicyAccess, GroupAccess, GroupAccess]
    (access,) = legacy.access
    assert isinstance(access, GroupAccess)
    assert access.group == "humanitec"
    assert access.namespaces == ("billing",)
    verbs = ("get", "list", "watch", "create", "update", "patch", "delete")
    assert access.rules.rules[0] == RbacRule(("apps",), ("deployments",), verbs)
    (role,) = account.roles
    assert (role.name, role.path, role.max_session_seconds) == ("humanitec-s3", "/", 3600)
    (policy,) = role.policies
    assert isinstance(policy, PolicyFile)
    assert policy.name == "s3"
    assert policy.text == (EXAMPLES / "seed" / "policies" / "s3.json").read_text()
    assert len(policy.document.statements) == 1


def test_the_example_with_two_accounts_is_read() -> None:
    grant = load_grant(EXAMPLES / "two-accounts" / "grant.yaml")

    assert grant.identity is Identity.TRUST_ROLE
    assert [account.id for account in grant.accounts] == ["111122223333", "444455556666"]
    second = grant.accounts[1]
    assert isinstance(second.access, AssumeRole)
    assert str(second.access.arn) == "arn:aws:iam::444455556666:role/leastway-operator"
    assert [(cluster.name, cluster.region) for cluster in second.clusters] == [
        ("prod", "eu-west-1"),
        ("reports", "us-east-1"),
    ]
    assert all(account.external_id is None for account in grant.accounts)
    assert second.roles[0].max_session_seconds == 7200


def test_the_identity_is_a_trust_role_by_default(tmp_path: Path) -> None:
    assert changed(tmp_path, {}).identity is Identity.TRUST_ROLE


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ambient", Ambient()),
        ("{profile: acme-admin}", AwsProfile("acme-admin")),
        ("{assume_role: arn:aws:iam::111122223333:role/team/ops}", None),
        ("{assume_role: arn:aws:iam::111122223333:role/ops, external_id: abc}", None),
    ],
)
def test_every_way_in_is_read(written: str, expected: object, tmp_path: Path) -> None:
    way_in = changed(tmp_path, {REGION: f"{REGION}\n    access: {written}"}).accounts[0].access
    if expected is None:
        assert isinstance(way_in, AssumeRole)
        assert way_in.arn.account == "111122223333"
        assert way_in.external_id == ("abc" if "abc" in written else None)
    else:
        assert way_in == expected


def test_cluster_admin_without_namespaces_is_cluster_wide(tmp_path: Path) -> None:
    grant = changed(tmp_path, {EDIT: f"policy: cluster-admin\n            {REASON}"})
    access = grant.accounts[0].clusters[0].access[0]
    assert isinstance(access, PolicyAccess)
    assert access.policy is AccessPolicyName.CLUSTER_ADMIN
    assert access.cluster_wide
    assert access.unsafe_reason == REASON.partition(": ")[2]


def test_cluster_admin_in_namespaces_is_not_cluster_wide(tmp_path: Path) -> None:
    grant = changed(tmp_path, {EDIT: f"policy: cluster-admin\n            namespaces: [shop]\n            {REASON}"})
    assert not grant.accounts[0].clusters[0].access[0].cluster_wide


def test_a_random_external_id_is_accepted(tmp_path: Path) -> None:
    # Forty mixed characters look like a secret access key anywhere else.
    text = "Zq3nXv8KpL0tRw5Yb2Jd7Hf4Sg9Mc1Qa6UeiTiOo"
    assert changed(tmp_path, {REGION: f"{REGION}\n    external_id: {text}"}).accounts[0].external_id == text


def test_a_role_may_have_its_own_external_id_or_that_of_the_account(tmp_path: Path) -> None:
    text, policies = "Zq3nXv8KpL0tRw5Yb2Jd7Hf4Sg9Mc1Qa6UeiTiOo", "policies: [policies/s3.json]"
    named = {policies: f"{policies}\n        external_id: {text}"}
    assert changed(tmp_path / "own", named).accounts[0].roles[0].external_id == text
    account = changed(tmp_path / "same", {**named, REGION: f"{REGION}\n    external_id: {text}"}).accounts[0]
    assert (account.external_id, account.roles[0].external_id) == (text, text)


def test_an_aws_managed_policy_is_given_by_its_arn(tmp_path: Path) -> None:
    arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
    (policy,) = changed(tmp_path, {"policies/s3.json": arn}).accounts[0].roles[0].policies
    assert isinstance(policy, AwsManagedPolicy)
    assert (str(policy.arn), policy.name) == (arn, "ViewOnlyAccess")


def test_only_the_rules_of_a_manifest_are_used(tmp_path: Path) -> None:
    manifest = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        "metadata: {name: example, creationTimestamp: null}\n"
        "rules:\n- {apiGroups: [''], resources: [configmaps], resourceNames: [flags], verbs: [get]}\n"
    )
    grant = load_grant(lay_out({"files": {"rbac/deployer.yaml": manifest}}, tmp_path / "grant"))
    access = grant.accounts[0].clusters[0].access[1]
    assert isinstance(access, GroupAccess)
    assert access.rules.rules == (RbacRule(("",), ("configmaps",), ("get",), ("flags",)),)


def test_one_cluster_name_in_two_regions_is_two_clusters(tmp_path: Path) -> None:
    twin = "\n      - {name: prod, region: eu-west-1, access: [{policy: view, cluster_wide: true}]}"
    grant = changed(tmp_path, {"namespaces: [shop]": f"namespaces: [shop]{twin}"})
    assert {cluster.region for cluster in grant.accounts[0].clusters} == {"eu-central-1", "eu-west-1"}


def test_a_grant_may_be_json(tmp_path: Path) -> None:
    text = (
        '{"apiVersion": "leastway.dev/v1alpha1", "kind": "Grant", "metadata": {"name": "acme"}, "platform": '
        '"humanitec", "accounts": [{"id": "012345678901", "region": "eu-west-1", "list_clusters": true}]}'
    )
    grant = load_grant(lay_out({"files": {"grant.yaml": text}}, tmp_path / "grant"))
    assert grant.accounts[0].id == "012345678901"
    assert grant.accounts[0].list_clusters


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = lay_out({}, tmp_path / "grant")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_grant(path).name == "acme"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "cannot be read: no such file or directory"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (
            lambda path: path.write_bytes("name: acm\u00e9".encode("latin-1")),
            "the file is not valid UTF-8: byte 10, in line 1, is invalid",
        ),
        (lambda path: path.write_bytes("kind".encode("utf-16")), "the file is UTF-16, not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(make: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "grant.yaml"
    make(path)
    with pytest.raises(InvalidInputError) as caught:
        load_grant(path)
    assert caught.value.what == message
    assert caught.value.where == str(path)


def test_garbage_collection_is_restored_after_loading(tmp_path: Path) -> None:
    grant = lay_out({}, tmp_path / "grant")
    for was_enabled in (True, False):
        (gc.enable if was_enabled else gc.disable)()
        try:
            load_grant(grant)
            with pytest.raises(InvalidInputError):
                load_grant(tmp_path / "none.yaml")
            assert gc.isenabled() is was_enabled
        finally:
            gc.enable()


def dangerous() -> list[Any]:
    """Return every case that is refused only because it has no reason."""
    rules = ("full-privileges", "kube-system", "reserved-group")
    cases = [case for rule in rules for case in cases_in(CASES / f"{rule}.yaml")]
    return [pytest.param(case, id=case["case"]) for case in cases]


@pytest.mark.parametrize("case", dangerous())
def test_dangerous_access_is_accepted_with_a_reason(case: dict[str, Any], tmp_path: Path) -> None:
    path = lay_out(case, tmp_path / "grant")
    text = path.read_text()
    for field in ("          - policy: ", "          - group: ", "      - name: humanitec-s3"):
        line = next(line for line in text.splitlines() if line.startswith(field))
        indent = " " * (len(line) - len(line.lstrip(" -")))
        text = text.replace(line, f"{line}\n{indent}{REASON}")
    path.write_text(text)
    with pytest.raises(GrantError) as refused:  # of the three reasons, one explains something
        load_grant(path)
    needless = {problem.position.line for problem in refused.value.problems if problem.rule == "needless-reason"}
    assert len(needless) == len(refused.value.problems) == 2
    lines = text.splitlines()
    path.write_text("\n".join(line for number, line in enumerate(lines, 1) if number not in needless))
    assert load_grant(path).name == "acme"
