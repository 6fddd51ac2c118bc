from leastway.policy.catalog import Catalog
from leastway.policy.prove.formulas.encoded import EncodedPolicies, EncodedStatement
from leastway.policy.prove.formulas.interpretation import Interpretation
from leastway.policy.prove.requests.actions import group_actions
from tests.unit.policy.prove.policies import Json, allow, identity


def groups(catalog: Catalog, needed: Json, *others: Json) -> list[set[str]]:
    entries: list[EncodedStatement] = list(EncodedPolicies(identity(needed, *others), Interpretation()).entries())
    found = group_actions(entries, [entries[:1]], catalog)
    return sorted((set(group.actions) for group in found), key=sorted)


def test_actions_are_grouped_by_the_statements_that_apply_to_them(catalog: Catalog) -> None:
    found = groups(catalog, allow("eks:*Cluster"), allow("eks:D*"), allow("EKS:DescribeCluster"))
    assert {"eks:describecluster"} in found
    assert {"eks:deletecluster", "eks:deregistercluster"} in found
    assert all(action.startswith("eks:") for group in found for action in group if action != "sts:getcalleridentity")


def test_an_action_that_needs_no_permission_is_always_included(catalog: Catalog) -> None:
    assert {"sts:getcalleridentity"} in groups(catalog, allow("eks:DescribeCluster"))


def test_actions_of_sts_and_kms_get_their_own_groups(catalog: Catalog) -> None:
    found = groups(catalog, allow(["sts:AssumeRole", "kms:Decrypt", "s3:GetObject", "eks:DescribeCluster"]))
    assert {"s3:getobject", "eks:describecluster"} in found
    assert {"sts:assumerole"} in found
    assert {"kms:decrypt"} in found


def test_action_names_are_invented_for_services_missing_in_the_catalog(catalog: Catalog) -> None:
    found = groups(catalog, allow(["new:Get*", "eks:Brand"]), allow("new:*Thing"), allow("new:GetAThing"))
    invented = {action for group in found for action in group if action.startswith("new:")}
    assert "new:GetAThing" in invented
    assert len(invented) == 3
    assert any("eks:Brand" in group for group in found)


def test_an_action_spelled_out_by_another_policy_is_included(catalog: Catalog) -> None:
    found = groups(catalog, allow(None, NotAction="s3:*"), allow("new:Thing"), allow("eks:Brand"))
    assert {"new:Thing"} in found
    assert {"eks:Brand"} in found
