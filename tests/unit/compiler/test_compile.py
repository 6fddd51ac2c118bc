import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from leastway.compiler import Compiled, compile_grant, notes
from leastway.errors import InvalidInputError
from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AuthMode,
    AwsAuthMapping,
    ClusterFacts,
    ClusterTag,
    Kind,
    ManagedPolicy,
    NodegroupTag,
    Place,
    RbacBinding,
    RbacRole,
    Role,
    Unreadable,
    User,
    addresses_of,
    external_id_in,
)
from leastway.grant import AccessPolicyName, Grant, GroupAccess, Identity, PolicyAccess, PolicyFile
from leastway.policy import Document, PolicyKind, parse_policy, render
from leastway.rbac import RbacRule
from tests.unit.compiler.conftest import (
    ACCOUNT,
    DEPLOYER,
    EDIT,
    EXTERNAL_ID,
    EXTERNAL_IDS,
    PROFILE,
    RULES,
    S3_ROLE,
    cluster,
    facts_of,
    grant_of,
)

T = TypeVar("T")
ACCESS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks-access-{ACCOUNT}"
USER = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
PROD = Place(ACCOUNT, "eu-central-1", "prod")


def compiled(grant: Grant, mode: AuthMode = AuthMode.API, *nodegroups: str) -> Compiled:
    facts: dict[Place, ClusterFacts] = {}
    for one in grant.accounts[0].clusters:
        facts.update(facts_of(one.name, mode, *nodegroups))
    return compile_grant(grant, facts, EXTERNAL_IDS)


def all_of(kind: type[T], result: Compiled) -> list[T]:
    return [one for one in result.estate if isinstance(one, kind)]


def statement(document: Document, sid: str) -> Mapping[str, object]:
    statements = render(document)["Statement"]
    assert isinstance(statements, list)
    found: Mapping[str, object] = next(one for one in statements if one["Sid"] == sid)
    return found


def test_default_identity_is_a_trust_role_without_a_user() -> None:
    result = compiled(grant_of(cluster("prod")))
    (role,) = all_of(Role, result)
    assert role.arn == ACCESS_ROLE
    assert not all_of(User, result)
    assert not all_of(AccessKey, result)


def test_trust_policy_names_the_exact_principal_external_id_and_addresses() -> None:
    (role,) = all_of(Role, compiled(grant_of(cluster("prod"))))
    allow = statement(role.trust, "PlatformWithExternalId")
    assert allow["Principal"] == {"AWS": str(PROFILE.principal)}
    assert allow["Condition"] == {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    assert external_id_in(role.trust) == EXTERNAL_ID
    deny = statement(role.trust, "PlatformAddressesOnly")
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"NotIpAddress": {"aws:SourceIp": list(PROFILE.addresses)}}


def test_user_gets_its_policy_also_as_boundary_and_a_first_key() -> None:
    result = compiled(grant_of(cluster("prod"), identity=Identity.IAM_USER))
    (policy,), (user,), (key,) = all_of(ManagedPolicy, result), all_of(User, result), all_of(AccessKey, result)
    assert user.arn == USER
    assert user.policies == {policy.arn}
    assert user.boundary == policy.arn
    assert key.user == user.name
    assert not all_of(Role, result)


def test_platform_policy_allows_only_the_clusters_of_the_grant_while_tagged() -> None:
    (role,) = all_of(Role, compiled(grant_of(cluster("prod"))))
    ((_, document),) = role.inline
    access = statement(document, "EKSAccess")
    assert access["Resource"] == [f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/prod"]
    assert access["Condition"] == {"StringEquals": {"aws:ResourceTag/Humanitec": "true"}}
    nodegroups = statement(document, "EKSNodegroups")
    assert nodegroups["Resource"] == [f"arn:aws:eks:eu-central-1:{ACCOUNT}:nodegroup/prod/*/*"]
    assert nodegroups["Condition"] == access["Condition"]
    assert "ListClusters" not in str(render(document))


def test_list_clusters_is_allowed_in_its_own_statement_only_when_requested() -> None:
    (role,) = all_of(Role, compiled(grant_of(cluster("prod"), list_clusters=True)))
    ((_, document),) = role.inline
    assert statement(document, "EKSListClusters") == {
        "Sid": "EKSListClusters",
        "Effect": "Allow",
        "Action": ["eks:ListClusters"],
        "Resource": ["*"],
    }


def test_user_may_assume_only_the_roles_of_the_grant() -> None:
    result = compiled(grant_of(cluster("prod"), identity=Identity.IAM_USER, roles=(S3_ROLE,)))
    (policy,), (role,) = all_of(ManagedPolicy, result), all_of(Role, result)
    assert statement(policy.document, "AssumeRole")["Resource"] == [role.arn]
    assert statement(role.trust, "PlatformWithExternalId")["Principal"] == {"AWS": USER}


def test_every_principal_has_the_address_deny() -> None:
    for identity in Identity:
        result = compiled(grant_of(cluster("prod"), identity=identity, roles=(S3_ROLE,)))
        documents = [policy.document for policy in all_of(ManagedPolicy, result)]
        for role in all_of(Role, result):
            assert any(addresses_of(document) == set(PROFILE.addresses) for _, document in role.inline)
        assert all(addresses_of(document) == set(PROFILE.addresses) for document in documents)


def test_terraform_role_has_only_the_customers_policies_and_the_address_deny() -> None:
    (role,) = all_of(Role, compiled(grant_of(roles=(S3_ROLE,))))
    assert [name for name, _ in role.inline] == ["leastway-egress", "s3"]
    (source,) = S3_ROLE.policies
    assert isinstance(source, PolicyFile)
    assert dict(role.inline)["s3"] == source.document
    assert {one.effect.value for one in dict(role.inline)["leastway-egress"].statements} == {"Deny"}


def test_terraform_role_has_the_path_duration_and_description_of_the_grant() -> None:
    wanted = replace(S3_ROLE, path="/humanitec/", max_session_seconds=7200, description="for buckets")
    (role,) = all_of(Role, compiled(grant_of(roles=(wanted,))))
    assert role.arn == f"arn:aws:iam::{ACCOUNT}:role/humanitec/humanitec-s3"
    assert (role.max_session, role.description) == (7200, "for buckets")


def test_access_role_cannot_assume_the_terraform_roles() -> None:
    access, _ = all_of(Role, compiled(grant_of(cluster("prod"), roles=(S3_ROLE,))))
    assert access.arn == ACCESS_ROLE
    assert "sts:" not in str([render(document) for _, document in access.inline])


def test_policies_over_the_size_limit_of_a_role_are_told_with_their_size() -> None:
    statements = [
        f'{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{"b" * 60}{n}/*"}}'
        for n in range(45)
    ]
    text = f'{{"Version": "2012-10-17", "Statement": [{", ".join(statements)}]}}'
    big = PolicyFile(Path("big.json"), text, parse_policy(text, kind=PolicyKind.IDENTITY))
    role = replace(S3_ROLE, policies=(big, replace(big, path=Path("big2.json"))))
    found = compiled(grant_of(cluster("prod"), roles=(role,)))
    (told,) = found.too_long
    assert (told.address.kind, told.address.name) == (Kind.ROLE, S3_ROLE.name)
    assert re.fullmatch(
        r"its policies have 1\d,\d{3} characters together, and IAM allows 10,240 in one role", told.reason
    )
    with pytest.raises(InvalidInputError, match=f"role/{S3_ROLE.name}: its policies have"):
        found.accepted()
    assert compiled(grant_of(roles=(S3_ROLE,))).accepted().too_long == ()


def test_access_policy_becomes_an_entry_and_an_association_in_api_modes() -> None:
    for mode in (AuthMode.API, AuthMode.API_AND_CONFIG_MAP):
        result = compiled(grant_of(cluster("prod")), mode)
        (entry,), (association,) = all_of(AccessEntry, result), all_of(AccessPolicy, result)
        assert (entry.principal, entry.username, entry.groups) == (ACCESS_ROLE, "", frozenset[str]())
        assert association.policy == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
        assert association.namespaces == {"shop"}
        assert not all_of(AwsAuthMapping, result)
        kinds = [one.kind.value for one in result.estate if one.address.place.cluster]
        assert kinds.index("access-entry") < kinds.index("access-policy")


def test_same_policy_twice_becomes_one_association_with_all_namespaces() -> None:
    more = replace(EDIT, namespaces=("app-*",))
    (association,) = all_of(AccessPolicy, compiled(grant_of(cluster("prod", EDIT, more))))
    assert association.namespaces == {"shop", "app-*"}


def test_cluster_wide_policy_becomes_an_association_without_namespaces() -> None:
    wide = PolicyAccess(
        policy=AccessPolicyName.CLUSTER_ADMIN, cluster_wide=True, unsafe_reason="a migration, until May"
    )
    (association,) = all_of(AccessPolicy, compiled(grant_of(cluster("prod", wide))))
    assert association.namespaces == frozenset()
    assert association.policy.endswith("/AmazonEKSClusterAdminPolicy")


def test_group_becomes_an_entry_with_a_role_and_a_binding_in_each_namespace() -> None:
    access = replace(DEPLOYER, namespaces=("shop", "cart"))
    result = compiled(grant_of(cluster("prod", access)))
    (entry,) = all_of(AccessEntry, result)
    assert (entry.username, entry.groups) == ("humanitec", frozenset({"humanitec"}))
    roles = all_of(RbacRole, result)
    assert {(role.namespace, role.name) for role in roles} == {("shop", "humanitec"), ("cart", "humanitec")}
    assert {role.rules for role in roles} == {(RbacRule(("apps",), ("deployments",), ("get", "list", "patch")),)}
    assert {(b.namespace, b.role, b.role_is_cluster_wide, b.group) for b in all_of(RbacBinding, result)} == {
        ("shop", "humanitec", False, "humanitec"),
        ("cart", "humanitec", False, "humanitec"),
    }


def test_cluster_wide_group_becomes_a_cluster_role() -> None:
    access = GroupAccess(group="humanitec", rules=RULES, cluster_wide=True)
    result = compiled(grant_of(cluster("prod", access)))
    (role,), (binding,) = all_of(RbacRole, result), all_of(RbacBinding, result)
    assert (role.namespace, binding.namespace, binding.role_is_cluster_wide) == ("", "", True)


def test_aws_auth_mapping_of_a_role_has_no_path_and_of_a_user_is_unchanged() -> None:
    for identity, arn, section in (
        (Identity.TRUST_ROLE, ACCESS_ROLE, "mapRoles"),
        (Identity.IAM_USER, USER, "mapUsers"),
    ):
        result = compiled(grant_of(cluster("prod", DEPLOYER), identity=identity), AuthMode.CONFIG_MAP)
        (mapping,) = all_of(AwsAuthMapping, result)
        assert (mapping.arn, mapping.section, mapping.username, mapping.groups) == (
            arn,
            section,
            "humanitec",
            frozenset({"humanitec"}),
        )
        assert not all_of(AccessEntry, result)


def test_access_policy_becomes_a_binding_to_a_built_in_role_in_config_map_mode() -> None:
    result = compiled(grant_of(cluster("prod")), AuthMode.CONFIG_MAP)
    (mapping,), (binding,) = all_of(AwsAuthMapping, result), all_of(RbacBinding, result)
    assert mapping.groups == {binding.group}
    assert (binding.namespace, binding.role, binding.role_is_cluster_wide) == ("shop", "edit", True)


def test_namespace_pattern_is_rejected_in_config_map_mode() -> None:
    grant = grant_of(cluster("prod", replace(EDIT, namespaces=("app-*",))))
    result = compiled(grant, AuthMode.CONFIG_MAP)
    (problem,) = result.unreadable
    assert problem.where == PROD
    assert "'app-*'" in problem.reason
    assert not all_of(AwsAuthMapping, result)


def test_cluster_and_each_node_group_are_tagged() -> None:
    result = compiled(grant_of(cluster("prod")), AuthMode.API, "blue", "green")
    assert all_of(ClusterTag, result) == [ClusterTag(PROD, "Humanitec", "true")]
    assert [tag.nodegroup for tag in all_of(NodegroupTag, result)] == ["blue", "green"]


def test_unreadable_cluster_is_reported_and_the_rest_is_compiled() -> None:
    grant = grant_of(cluster("prod"), cluster("deleted"))
    deleted = Place(ACCOUNT, "eu-central-1", "deleted")
    missing = Unreadable(deleted, "the cluster does not exist")
    result = compile_grant(grant, {**facts_of("prod"), deleted: missing}, EXTERNAL_IDS)
    assert result.unreadable == (missing,)
    assert len(all_of(AccessEntry, result)) == 1


@pytest.mark.parametrize(("identity", "room"), [(Identity.IAM_USER, 30), (Identity.TRUST_ROLE, 50)])
def test_policy_names_clusters_while_there_is_room_and_then_their_regions(identity: Identity, room: int) -> None:
    def resources(number: int) -> object:
        result = compiled(grant_of(*(cluster(f"cluster-{n}") for n in range(number)), identity=identity))
        policies = [one.document for one in all_of(ManagedPolicy, result)]
        policies += [document for role in all_of(Role, result) for _, document in role.inline]
        return statement(policies[0], "EKSAccess")["Resource"]

    few = resources(room)
    assert isinstance(few, list)
    assert len(few) == room
    assert resources(100) == [f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/*"]


def test_policy_that_names_regions_gets_a_note() -> None:
    def has_note(number: int) -> bool:
        grant = grant_of(*(cluster(f"cluster-{n}") for n in range(number)), identity=Identity.IAM_USER)
        return any("no room to name each cluster" in note.text for note in notes(grant))

    assert has_note(100)
    assert not has_note(30)


def test_same_input_gives_the_same_estate() -> None:
    grant = grant_of(cluster("prod", EDIT, DEPLOYER), identity=Identity.IAM_USER, roles=(S3_ROLE,))
    assert compiled(grant) == compiled(grant)


def test_system_group_is_rejected_with_access_entries() -> None:
    masters = GroupAccess(
        group="system:masters", rules=RULES, cluster_wide=True, unsafe_reason="a migration, until May"
    )
    for mode in (AuthMode.API, AuthMode.API_AND_CONFIG_MAP):
        (problem,) = compiled(grant_of(cluster("prod", masters)), mode).unreadable
        assert "'system:masters'" in problem.reason
    (mapping,) = all_of(AwsAuthMapping, compiled(grant_of(cluster("prod", masters)), AuthMode.CONFIG_MAP))
    assert mapping.groups == {"system:masters"}


def test_dangerous_access_gets_an_unsafe_note_with_its_reason() -> None:
    wide = PolicyAccess(
        policy=AccessPolicyName.CLUSTER_ADMIN, cluster_wide=True, unsafe_reason="a migration, until May"
    )
    role = replace(S3_ROLE, unsafe_reason="the auditors asked for it")
    flagged = [note for note in notes(grant_of(cluster("prod", wide), roles=(role,))) if note.is_unsafe]
    assert [(note.where, note.text) for note in flagged] == [
        (str(PROD), "policy cluster-admin is dangerous on purpose: a migration, until May"),
        (f"{ACCOUNT}/role/humanitec-s3", "dangerous on purpose: the auditors asked for it"),
    ]


def test_missing_list_clusters_gets_a_note_only_with_clusters() -> None:
    assert any("eks:ListClusters" in note.text for note in notes(grant_of(cluster("prod"))))
    assert not notes(grant_of(cluster("prod"), list_clusters=True))
    assert not notes(grant_of(roles=(S3_ROLE,)))
