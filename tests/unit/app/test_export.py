"""Exports of a grant: what they take from the grant in addition to its estate, and when they are refused."""

from dataclasses import replace

import pytest

from leastway.app.export import ClusterUnknownError, make_export
from leastway.app.open_grant import OpenGrant
from leastway.export import FORMATS
from leastway.grant import AccessPolicyName, PolicyAccess
from leastway.ports.memory import MemorySites
from tests.unit.app.test_life_of_a_grant import API
from tests.unit.compiler.conftest import ACCOUNT, cluster

REASON = "the platform team moves the cluster until March"


def test_the_script_lists_what_is_dangerous_on_purpose(open_grant: OpenGrant) -> None:
    (account,) = open_grant.grant.accounts
    admin = PolicyAccess(policy=AccessPolicyName.CLUSTER_ADMIN, cluster_wide=True, unsafe_reason=REASON)
    grant = replace(open_grant.grant, accounts=(replace(account, clusters=(cluster("api", admin),)),))
    script = make_export(replace(open_grant, grant=grant), "aws-cli")[f"{ACCOUNT}.sh"]
    assert f"# unsafe: {API}: policy cluster-admin is dangerous on purpose: {REASON}\n" in script
    assert "AmazonEKSClusterAdminPolicy" in script
    assert "unsafe:" not in make_export(open_grant, "aws-cli")[f"{ACCOUNT}.sh"]


@pytest.mark.parametrize("name", FORMATS)
def test_export_is_refused_when_a_cluster_cannot_be_read(open_grant: OpenGrant, sites: MemorySites, name: str) -> None:
    del sites.facts[API]
    with pytest.raises(ClusterUnknownError) as caught:
        make_export(open_grant, name)
    assert caught.value.exit_code == 4
    assert caught.value.where == str(API)
