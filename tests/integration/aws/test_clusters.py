"""The driver of EKS on an AWS that checks keys and policies, and on the API server that it leads to."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field

import pytest

from leastway.aws import AwsClusters, AwsSts
from leastway.errors import LeastwayError
from leastway.orchestrator.drivers import ClusterSigner, Means, Node, connect_cluster, provision
from leastway.ports import ClusterDescription, EksToken, SessionKeys
from leastway.primitives import Secret
from leastway.registry import EKS, ResourceKey
from tests.contract.live.world import ACCOUNT, PROD, REGION, AwsWorld

pytestmark = pytest.mark.integration


@dataclass
class Direct:
    """Clusters with the keys of the definition, without a broker."""

    clusters: AwsClusters = field(default_factory=AwsClusters)
    sts: AwsSts = field(default_factory=AwsSts)

    def describe(self, signer: ClusterSigner, region: str, name: str, /) -> ClusterDescription:
        return self.clusters.describe(_keys(signer), region, name)

    def token(self, signer: ClusterSigner, region: str, name: str, /) -> EksToken:
        return self.sts.eks_token(_keys(signer), cluster=name, region=region, expiry=None)

    def url(self, agent: str, /) -> Secret:
        raise LeastwayError(f"there is no agent {agent}")


def _keys(signer: ClusterSigner) -> SessionKeys:
    assert isinstance(signer.by, SessionKeys)
    return signer.by


def node(keys: SessionKeys, name: str = PROD.cluster) -> Node:
    credentials = {"aws_access_key_id": Secret(keys.key_id), "aws_secret_access_key": keys.secret}
    return Node(
        key=ResourceKey("k8s-cluster", "default", "k8s-cluster"),
        guresid="0" * 40,
        definition="prod",
        definition_version="1",
        driver=EKS,
        values={"name": name, "region": REGION},
        secrets={"credentials": credentials},
    )


def admin(aws: AwsWorld) -> SessionKeys:
    return SessionKeys(aws.admin.key_id, aws.admin.secret)


def test_a_cluster_is_described_and_its_api_server_accepts_the_token(aws: AwsWorld) -> None:
    direct = Direct()
    means = Means(clusters=direct, agents=direct)
    one = node(admin(aws))
    found = provision(one, means)
    assert found.values["name"] == PROD.cluster
    assert found.values["endpoint"].startswith("https://")
    assert found.secrets == {}
    with closing(connect_cluster(one, found, means)) as connection:
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        answer = connection.request("POST", path, review)
    assert answer["status"]["userInfo"]["username"] == f"arn:aws:iam::{ACCOUNT}:user/admin"


def test_a_cluster_that_does_not_exist_is_named(aws: AwsWorld) -> None:
    direct = Direct()
    with pytest.raises(LeastwayError, match="does not exist in this account") as caught:
        provision(node(admin(aws), "none"), Means(clusters=direct, agents=direct))
    assert caught.value.where == f"cluster none in {REGION}"


def test_keys_that_may_not_describe_it_are_refused_with_the_action(aws: AwsWorld) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="humanitec-nobody")
    made = iam.create_access_key(UserName="humanitec-nobody")["AccessKey"]
    keys = SessionKeys(made["AccessKeyId"], Secret(made["SecretAccessKey"]))
    with pytest.raises(LeastwayError, match="eks:DescribeCluster") as caught:
        Direct().clusters.describe(keys, REGION, PROD.cluster)
    assert made["SecretAccessKey"] not in str(caught.value)


def test_a_wrong_secret_is_refused_and_not_repeated(aws: AwsWorld) -> None:
    keys = SessionKeys(aws.admin.key_id, Secret("planted/secret/of/forty/characters/00000"))
    with pytest.raises(LeastwayError) as caught:
        Direct().clusters.describe(keys, REGION, PROD.cluster)
    assert "planted" not in str(caught.value)
