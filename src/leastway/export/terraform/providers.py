"""What a module needs to run: versions, and a provider for each region and for each cluster with objects inside.

The Kubernetes provider asks the AWS CLI for tokens (`aws eks get-token`), which whoever runs Terraform on AWS has.
Source: the providers' documentation; access entries came with version 5.33 of the AWS provider.
"""

from __future__ import annotations

from collections.abc import Iterator

from leastway.estate import Place
from leastway.export.hcl import Attribute, Block, Call, Expression, Item, body_of
from leastway.export.terraform.names import kubernetes_provider, region_alias

__all__ = ["providers", "versions"]


def versions(*, with_kubernetes: bool) -> Block:
    """Return the `terraform` block."""
    required = {"aws": {"source": "hashicorp/aws", "version": ">= 5.33, < 7.0"}}
    if with_kubernetes:
        required["kubernetes"] = {"source": "hashicorp/kubernetes", "version": ">= 2.23, < 4.0"}
    inner = Block("required_providers", (), tuple(Attribute(name, it) for name, it in required.items()))
    return Block("terraform", (), (*body_of(required_version=">= 1.6"), inner))


def providers(account: str, home: str, regions: list[str], clusters: list[Place]) -> Iterator[Item]:
    """Yield the AWS provider of `home` and of the other `regions`, and the Kubernetes provider of each of `clusters`.

    The AWS providers refuse to work in another account than the grant's.
    """
    for region in (home, *regions):
        alias = None if region == home else region_alias(region)
        yield Block("provider", ("aws",), body_of(alias=alias, region=region, allowed_account_ids=[account]))
    for place in clusters:
        yield from _cluster(place, home)


def _cluster(place: Place, home: str) -> Iterator[Block]:
    alias = kubernetes_provider(place)
    provider = None if place.region == home else Expression(f"aws.{region_alias(place.region)}")
    data = f"data.aws_eks_cluster.{alias}"
    yield Block("data", ("aws_eks_cluster", alias), body_of(provider=provider, name=place.cluster))
    arguments = ["eks", "get-token", "--region", place.region, "--cluster-name", place.cluster]
    token = body_of(api_version="client.authentication.k8s.io/v1beta1", command="aws", args=arguments)
    authority = Call("base64decode", (Expression(f"{data}.certificate_authority[0].data"),))
    body = body_of(alias=alias, host=Expression(f"{data}.endpoint"), cluster_ca_certificate=authority)
    yield Block("provider", ("kubernetes",), (*body, Block("exec", (), token)))
