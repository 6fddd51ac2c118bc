"""A module's README: how to run it, and what it leaves to others."""

from __future__ import annotations

from collections.abc import Iterator

from leastway.estate import AccessKey, AwsAuthMapping, ClusterTag, EstateObject, RbacBinding, RbacRole
from leastway.export.exporter import ExportRequest
from leastway.export.header import header

__all__ = ["readme"]


def readme(request: ExportRequest, account: str, own: tuple[EstateObject, ...], rest: tuple[EstateObject, ...]) -> str:
    """Return the README of an account's module; `rest` is what the script beside it makes."""
    title = f"how the module that lets the platform {request.profile} into the account {account} is used"
    head = "\n".join(header(request, title, (*own, *rest)))
    return "\n".join((f"<!--\n{head}\n-->", *_body(request, account, own, rest))) + "\n"


def _body(
    request: ExportRequest, account: str, own: tuple[EstateObject, ...], rest: tuple[EstateObject, ...]
) -> Iterator[str]:
    yield f"# The platform in {account}\n"
    yield f"What the grant `{request.grant}` means for this account, for Terraform or OpenTofu from 1.6 on, with"
    yield f"credentials of the account {account}:\n"
    yield "```sh\nterraform init\nterraform apply\n```\n"
    if any(isinstance(each, RbacRole | RbacBinding) for each in own):
        yield "The roles and bindings inside of clusters need the AWS CLI, for the clusters' tokens, and namespaces"
        yield "that exist: these are the applications', and are not made here.\n"
    if rest:
        yield "## What is left\n"
        yield "```sh\nsh rest.sh\n```\n"
        yield "makes what Terraform should not:\n"
        yield from _left(rest)
        yield ""
    yield "`leastway plan` then has nothing to do. After a change of the grant, export and apply again: what"
    yield "leastway would change itself, Terraform would report as drift."


def _left(rest: tuple[EstateObject, ...]) -> Iterator[str]:
    kinds = {type(each) for each in rest}
    if ClusterTag in kinds:
        yield "- The tags of clusters and node groups: whoever made those owns their tags, and Terraform has no"
        yield "  resource for one tag of another's."
    if AccessKey in kinds:
        yield "- The user's access key: Terraform would keep its secret in the state, for all who may read that."
    if AwsAuthMapping in kinds:
        yield "- The entry in aws-auth of a cluster that knows nothing else: the ConfigMap holds the nodes' entries,"
        yield "  too, and Terraform would write over them. The script says how to add it by hand; `leastway apply`"
        yield "  adds it itself."
