"""Access entries and policies, authentication modes, and paging, as in EKS."""

from typing import Any

import pytest

from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from tests.integration.sandbox.world import ACCOUNT, OTHER, REGION, Refuse, World, allow, trust

pytestmark = pytest.mark.integration

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/humanitec-eks"
WHO = {"clusterName": "prod", "principalArn": ROLE}
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS{}Policy"
CLUSTER_WIDE = {"type": "cluster"}


@pytest.fixture
def eks(world: World) -> Any:
    """Return a client, with a role to create entries for."""
    world.client("iam").create_role(
        RoleName="humanitec-eks", Path="/team/", AssumeRolePolicyDocument=trust(world.platform)
    )
    return world.client("eks")


def test_missing_values_of_an_entry_are_generated(eks: Any) -> None:
    entry = eks.create_access_entry(**WHO, tags={"leastway:grant": "acme"})["accessEntry"]
    assert entry == eks.describe_access_entry(**WHO)["accessEntry"]
    assert entry["type"] == "STANDARD"
    assert entry["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-eks/{{{{SessionName}}}}"
    assert entry["kubernetesGroups"] == []
    assert entry["tags"] == {"leastway:grant": "acme"}
    prefix = f"arn:aws:eks:{REGION}:{ACCOUNT}:access-entry/prod/role/{ACCOUNT}/humanitec-eks/"
    assert entry["accessEntryArn"].startswith(prefix)
    of_a_user = eks.describe_access_entry(clusterName="prod", principalArn=f"arn:aws:iam::{ACCOUNT}:user/admin")
    assert of_a_user["accessEntry"]["username"] == f"arn:aws:iam::{ACCOUNT}:user/admin"


def test_a_second_entry_is_a_conflict(eks: Any, refusal: Refuse) -> None:
    eks.create_access_entry(**WHO)
    assert refusal(eks.create_access_entry, **WHO, kubernetesGroups=["x"]) == (
        "ResourceInUseException",
        "The specified access entry resource is already in use on this cluster.",
    )
    assert eks.describe_access_entry(**WHO)["accessEntry"]["kubernetesGroups"] == []


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"username": "system:me"}, "The username must not begin with system:"),
        ({"username": "eks:me"}, "must not begin with eks:"),
        ({"username": "aws:me"}, "must not begin with aws:"),
        ({"username": "amazon:me"}, "must not begin with amazon:"),
        ({"username": "iam:me"}, "must not begin with iam:"),
        ({"kubernetesGroups": ["ok", "system:masters"]}, "system:masters is invalid, it cannot start with system:"),
        ({"type": "NONSENSE"}, "type NONSENSE is not valid"),
        ({"type": "EC2_LINUX", "kubernetesGroups": ["a"]}, "cannot be set for the access entry type EC2_LINUX"),
        ({"principalArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me"}, "format is not valid"),
        ({"principalArn": f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks"}, "invalid principal"),
        ({"principalArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "invalid principal"),
        (
            {"principalArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"},
            "Service Linked Role",
        ),
    ],
)
def test_an_invalid_entry_is_refused(eks: Any, refusal: Refuse, parameters: dict[str, Any], words: str) -> None:
    code, message = refusal(eks.create_access_entry, **{**WHO, **parameters})
    assert code == "InvalidParameterException"
    assert words in message


def test_an_entry_can_be_for_a_principal_of_another_account(eks: Any) -> None:
    eks.create_access_entry(clusterName="prod", principalArn=f"arn:aws:iam::{OTHER}:role/admin")


def test_an_entry_is_updated_and_deleted(eks: Any, refusal: Refuse) -> None:
    eks.create_access_entry(**WHO, kubernetesGroups=["a"], username="me")
    entry = eks.update_access_entry(**WHO, kubernetesGroups=["b", "c"])["accessEntry"]
    assert (entry["username"], entry["kubernetesGroups"]) == ("me", ["b", "c"])
    assert refusal(eks.update_access_entry, **WHO, username="system:x")[0] == "InvalidParameterException"
    assert refusal(eks.update_access_entry, **WHO, kubernetesGroups=["system:x"])[0] == "InvalidParameterException"
    eks.associate_access_policy(**WHO, policyArn=POLICY.format("View"), accessScope=CLUSTER_WIDE)
    eks.delete_access_entry(**WHO)
    code, message = refusal(eks.describe_access_entry, **WHO)
    assert code == "ResourceNotFoundException"
    assert "The specified principalArn could not be found" in message
    eks.create_access_entry(**WHO)
    assert eks.list_associated_access_policies(**WHO)["associatedAccessPolicies"] == []


def test_a_policy_needs_an_entry_first(eks: Any, refusal: Refuse) -> None:
    asked = {**WHO, "policyArn": POLICY.format("View"), "accessScope": CLUSTER_WIDE}
    assert refusal(eks.associate_access_policy, **asked)[0] == "ResourceNotFoundException"
    assert refusal(eks.disassociate_access_policy, **WHO, policyArn=POLICY.format("View"))[0] == (
        "ResourceNotFoundException"
    )


def test_a_policy_is_associated_rescoped_and_disassociated(eks: Any, refusal: Refuse) -> None:
    eks.create_access_entry(**WHO)
    view, edit = POLICY.format("View"), POLICY.format("Edit")
    eks.associate_access_policy(**WHO, policyArn=view, accessScope=CLUSTER_WIDE)
    eks.associate_access_policy(**WHO, policyArn=edit, accessScope=CLUSTER_WIDE)
    eks.associate_access_policy(**WHO, policyArn=view, accessScope={"type": "namespace", "namespaces": ["dev-*"]})
    listed = eks.list_associated_access_policies(**WHO)["associatedAccessPolicies"]
    assert {(one["policyArn"], one["accessScope"]["type"]) for one in listed} == {
        (view, "namespace"),
        (edit, "cluster"),
    }
    entries = eks.list_access_entries(clusterName="prod", associatedPolicyArn=view)["accessEntries"]
    assert entries == [ROLE]
    eks.disassociate_access_policy(**WHO, policyArn=view)
    assert refusal(eks.disassociate_access_policy, **WHO, policyArn=view)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("policy", "scope"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", CLUSTER_WIDE),
        (POLICY.format("Nonsense"), CLUSTER_WIDE),
        (POLICY.format("View"), {"type": "namespace"}),
        (POLICY.format("View"), {"type": "cluster", "namespaces": ["a"]}),
    ],
)
def test_an_invalid_association_is_refused(eks: Any, refusal: Refuse, policy: str, scope: Any) -> None:
    eks.create_access_entry(**WHO)
    asked = {**WHO, "policyArn": policy, "accessScope": scope}
    assert refusal(eks.associate_access_policy, **asked)[0] == "InvalidParameterException"


def test_a_policy_cannot_be_associated_with_an_entry_for_nodes(eks: Any, refusal: Refuse) -> None:
    node = {"clusterName": "prod", "principalArn": f"arn:aws:iam::{ACCOUNT}:role/eks-node"}
    entry = eks.describe_access_entry(**node)["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])
    asked = {**node, "policyArn": POLICY.format("View"), "accessScope": CLUSTER_WIDE}
    assert refusal(eks.associate_access_policy, **asked)[0] == "InvalidRequestException"


def test_a_config_map_cluster_has_no_entries(eks: Any, refusal: Refuse) -> None:
    legacy = {**WHO, "clusterName": "legacy"}
    message = (
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
    )
    scoped = {**legacy, "policyArn": POLICY.format("View"), "accessScope": CLUSTER_WIDE}
    calls: list[tuple[Any, dict[str, Any]]] = [
        (eks.create_access_entry, legacy),
        (eks.describe_access_entry, legacy),
        (eks.list_access_entries, {"clusterName": "legacy"}),
        (eks.associate_access_policy, scoped),
    ]
    for call, parameters in calls:
        assert refusal(call, **parameters) == ("InvalidRequestException", message)


def test_a_cluster_created_without_a_mode_has_config_map(eks: Any) -> None:
    made = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/eks-cluster", "resourcesVpcConfig": {}}
    eks.create_cluster(name="plain", **made)
    config = eks.describe_cluster(name="plain")["cluster"]["accessConfig"]
    assert config == {"authenticationMode": "CONFIG_MAP"}
    eks.create_cluster(
        name="bare",
        accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        **made,
    )
    assert eks.list_access_entries(clusterName="bare")["accessEntries"] == []


def test_lists_are_paged(world: World, eks: Any, refusal: Refuse) -> None:
    iam = world.client("iam")
    for number in range(7):
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=trust(ACCOUNT))
        eks.create_access_entry(clusterName="modern", principalArn=f"arn:aws:iam::{ACCOUNT}:role/r{number}")
    pages = list(
        eks.get_paginator("list_access_entries").paginate(clusterName="modern", PaginationConfig={"PageSize": 4})
    )
    assert [len(page["accessEntries"]) for page in pages] == [4, 4, 2]
    assert len({arn for page in pages for arn in page["accessEntries"]}) == 10
    clusters = list(eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2}))
    assert [page["clusters"] for page in clusters] == [["legacy", "miscased"], ["modern", "prod"], ["untagged"]]
    groups = list(eks.get_paginator("list_nodegroups").paginate(clusterName="prod", PaginationConfig={"PageSize": 1}))
    assert [page["nodegroups"] for page in groups] == [["plain"], ["tagged"]]
    assert refusal(eks.list_clusters, nextToken="%%")[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"eks:policyArn": POLICY.format("View")}}, True),
        ({"StringEquals": {"eks:policyArn": POLICY.format("ClusterAdmin")}}, False),
        ({"StringEquals": {"eks:accessScope": "namespace"}}, True),
        ({"StringEquals": {"eks:accessScope": "cluster"}}, False),
        ({"ForAllValues:StringLike": {"eks:namespaces": "dev-*"}}, True),
        ({"ForAllValues:StringLike": {"eks:namespaces": "prod-*"}}, False),
        ({"ArnEquals": {"eks:principalArn": ROLE}}, True),
        ({"ArnEquals": {"eks:principalArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}}, False),
        ({"StringEquals": {"eks:clusterName": "prod"}}, True),
        ({"StringEquals": {"eks:clusterName": "other"}}, False),
    ],
)
def test_delegation_is_restricted_by_the_condition_keys_of_eks(
    world: World, eks: Any, refusal: Refuse, condition: Any, allowed: bool
) -> None:
    eks.create_access_entry(**WHO)
    iam = world.client("iam")
    iam.create_user(UserName="delegate")
    document = allow("eks:AssociateAccessPolicy", Condition=condition)
    iam.put_user_policy(UserName="delegate", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="delegate")["AccessKey"]
    delegate = world.client("eks", SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"])))
    scope = {"type": "namespace", "namespaces": ["dev-a", "dev-b"]}
    asked = {**WHO, "policyArn": POLICY.format("View"), "accessScope": scope}
    if allowed:
        delegate.associate_access_policy(**asked)
    else:
        assert refusal(delegate.associate_access_policy, **asked)[0] == "AccessDeniedException"
