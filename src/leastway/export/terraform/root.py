"""A root module without its resources: versions, providers, variables, local values and outputs.

There is a provider for each region, and for each cluster with objects inside.

The Kubernetes provider gets tokens from the AWS CLI (`aws eks get-token`), which most users of Terraform on AWS have.
Source: the providers' documentation; access entries need version 5.33 of the AWS provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leastway.estate import EstateObject, ManagedPolicy, Mark, Place, Role, User, external_id_in, mark_tags
from leastway.export.hcl import Attribute, Block, Expression, FunctionCall, Item, body_of
from leastway.export.terraform.iam import EXTERNAL_ID, ResourceNames
from leastway.export.terraform.names import kubernetes_provider, region_alias

__all__ = ["local_values", "outputs", "providers", "variables", "versions"]


def versions(*, with_kubernetes: bool, with_tokens: bool = False) -> Block:
    """Return the `terraform` block; before 5.81, the AWS provider required thumbprints of identity providers."""
    oldest = "5.81" if with_tokens else "5.33"
    required = {"aws": {"source": "hashicorp/aws", "version": f">= {oldest}, < 7.0"}}
    if with_kubernetes:
        required["kubernetes"] = {"source": "hashicorp/kubernetes", "version": ">= 2.23, < 4.0"}
    inner = Block("required_providers", (), tuple(Attribute(name, it) for name, it in required.items()))
    return Block("terraform", (), (*body_of(required_version=">= 1.6"), inner))


def providers(account: str, home: str, regions: list[str], clusters: list[Place]) -> Iterator[Item]:
    """Yield the AWS provider of `home` and of the other `regions`, and the Kubernetes provider of each of `clusters`.

    The AWS providers reject credentials of other accounts.
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
    authority = FunctionCall("base64decode", (Expression(f"{data}.certificate_authority[0].data"),))
    body = body_of(alias=alias, host=Expression(f"{data}.endpoint"), cluster_ca_certificate=authority)
    yield Block("provider", ("kubernetes",), (*body, Block("exec", (), token)))


def local_values(grant: str) -> Block:
    """Return the `locals` block with the tags of all resources, including the grant's mark."""
    marks = FunctionCall("merge", (Expression("var.tags"), mark_tags(Mark(grant))))
    return Block("locals", (), body_of(tags=marks))


def variables(external_id: str | None, *, with_tokens: bool = False) -> Iterator[Block]:
    """Yield the variables; `external_id` is the default of the first one, which is left out if it is None."""
    if with_tokens:
        described = (
            "Whether to create the identity provider. Set it to false if the account has it already: all roles of the "
            "account share it."
        )
        yield Block(
            "variable",
            ("create_identity_provider",),
            body_of(description=described, type=Expression("bool"), default=True, nullable=False),
        )
    if external_id is not None:
        described = "The external id that the platform must use to assume a role. It is not a secret."
        yield Block(
            "variable",
            ("external_id",),
            body_of(description=described, type=Expression("string"), default=external_id, nullable=False),
        )
    described = "Additional tags for all resources that have tags, next to the mark of the grant."
    kind = Expression("map(string)")
    yield Block("variable", ("tags",), body_of(description=described, type=kind, default={}, nullable=False))


def outputs(objects: Iterable[EstateObject], made: ResourceNames, external_id: str | None) -> Iterator[Block]:
    """Yield the ARNs of the module's resources, and the external ids that differ from the variable."""
    for each in objects:
        if isinstance(each, ManagedPolicy | User | Role):
            resource = made[each.arn]
            label = resource.removeprefix("aws_iam_").replace(".", "_")
            yield Block("output", (f"{label}_arn",), body_of(value=Expression(f"{resource}.arn")))
            own = external_id_in(each.trust) if isinstance(each, Role) else None
            if own and own != external_id:
                yield Block("output", (f"{label}_external_id",), body_of(value=own))
    if external_id is not None:
        yield Block("output", ("external_id",), body_of(value=EXTERNAL_ID))
