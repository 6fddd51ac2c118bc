"""The files of `terraform`: one folder per account, with a root module that is ready to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    EstateObject,
    IdentityProvider,
    ManagedPolicy,
    NodegroupTag,
    RbacBinding,
    RbacRole,
    Role,
    User,
    external_id_in,
)
from leastway.export.aws_cli import script_of
from leastway.export.exporter import ExportRequest
from leastway.export.hcl import Item, hcl_text
from leastway.export.header import header
from leastway.export.regions import home_region
from leastway.export.terraform import clusters, iam
from leastway.export.terraform.names import Names
from leastway.export.terraform.root import local_values, outputs, providers, variables, versions
from leastway.export.yaml_text import comment

__all__ = ["Terraform"]


_BEYOND = (ClusterTag, NodegroupTag, AccessKey, AwsAuthMapping)
"""Tags on resources outside the module, a secret that would be in the state, and a ConfigMap with entries of others."""


class Terraform:
    """A root module for each account."""

    name = "terraform"
    makes = "a Terraform or OpenTofu module for each account, and a script for what Terraform should not do"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return the files of each account, in a folder named after its id."""
        files: dict[str, str] = {}
        for account, objects in request.by_account().items():
            for name, text in _module(request, account, objects).items():
                files[f"{account}/{name}"] = text
        return files


def _module(request: ExportRequest, account: str, objects: tuple[EstateObject, ...]) -> Mapping[str, str]:
    own = tuple(each for each in objects if not isinstance(each, _BEYOND))
    rest = tuple(each for each in objects if isinstance(each, _BEYOND))
    home = home_region(objects)
    names = Names(own, home)
    named = [each for each in own if isinstance(each, ManagedPolicy | User | Role)]
    made = {each.arn: f"{_KINDS[type(each)]}.{names.label(each)}" for each in named}
    entered = sorted(
        {each.place.region for each in own if isinstance(each, AccessEntry | RbacRole | RbacBinding)} - {home}
    )
    inhabited = sorted({each.place for each in own if isinstance(each, RbacRole | RbacBinding)})
    head = comment(header(request, f"access of the platform {request.profile} to the account {account}", own)) + "\n"
    external_id = next((external_id_in(each.trust) for each in own if isinstance(each, Role)), None)
    has_tokens = any(isinstance(each, IdentityProvider) for each in own)
    files = {
        "versions.tf": [versions(with_kubernetes=bool(inhabited), with_tokens=has_tokens)],
        "providers.tf": providers(account, home, entered, inhabited),
        "variables.tf": variables(external_id, with_tokens=has_tokens),
        "iam.tf": [
            local_values(request.grant),
            *_blocks(own, (ManagedPolicy, User, IdentityProvider, Role), names, made, request.grant, external_id),
        ],
        "clusters.tf": _blocks(own, (AccessEntry, AccessPolicy, RbacRole, RbacBinding), names, made, request.grant),
        "outputs.tf": outputs(own, made, external_id),
    }
    texts = {name: hcl_text(items) for name, items in files.items()}
    found = {name: head + text for name, text in texts.items() if text}
    found["README.md"] = _readme(request, account, own, rest)
    if rest:
        title = f"what Terraform should not do in the account {account}; to run after it"
        found["rest.sh"] = script_of(request, account, rest, name="rest.sh", title=title)
    return found


_KINDS: Mapping[type, str] = {ManagedPolicy: "aws_iam_policy", User: "aws_iam_user", Role: "aws_iam_role"}


def _blocks(
    objects: tuple[EstateObject, ...],
    kinds: tuple[type, ...],
    names: Names,
    made: iam.ResourceNames,
    grant: str,
    external_id: str | None = None,
) -> Iterator[Item]:
    entries = {(each.place, each.principal): each for each in objects if isinstance(each, AccessEntry)}
    for each in objects:
        if not isinstance(each, kinds):
            continue
        match each:
            case ManagedPolicy():
                yield from iam.managed_policy(each, names)
            case User():
                yield from iam.user(each, names, made)
            case IdentityProvider():
                yield iam.identity_provider(each, names)
            case Role():
                yield from iam.role(each, names, made, external_id)
            case AccessEntry():
                yield from clusters.access_entry(each, names, made)
            case AccessPolicy():
                yield from clusters.access_policy(each, names, entries[each.place, each.principal])
            case RbacRole() | RbacBinding():
                yield from clusters.right(each, names, grant)
            case ClusterTag() | NodegroupTag() | AccessKey() | AwsAuthMapping():
                continue  # in the script
            case _:
                assert_never(each)


def _readme(request: ExportRequest, account: str, own: tuple[EstateObject, ...], rest: tuple[EstateObject, ...]) -> str:
    """Return the README of an account's module; `rest` are the objects that the script next to it creates."""
    title = f"how to use the module for the access of the platform {request.profile} to the account {account}"
    head = "\n".join(header(request, title, (*own, *rest)))
    return "\n".join((f"<!--\n{head}\n-->", *_body(request, account, own, rest))) + "\n"


def _body(
    request: ExportRequest, account: str, own: tuple[EstateObject, ...], rest: tuple[EstateObject, ...]
) -> Iterator[str]:
    yield f"# Access of the platform to {account}\n"
    yield f"The objects of the grant `{request.grant}` in this account, for Terraform or OpenTofu 1.6 or later. Run it"
    yield f"with credentials of the account {account}:\n"
    yield "```sh\nterraform init\nterraform apply\n```\n"
    if any(isinstance(each, RbacRole | RbacBinding) for each in own):
        yield "The roles and bindings inside clusters need the AWS CLI, which provides tokens for the clusters, and"
        yield "existing namespaces: these belong to the applications and are not created here.\n"
    if rest:
        yield "## Remaining steps\n"
        yield "```sh\nsh rest.sh\n```\n"
        yield "This script creates what Terraform should not manage:\n"
        yield from _left(rest)
        yield ""
    yield "Afterwards, `leastway plan` shows nothing to do. After a change of the grant, export and apply again: if"
    yield "leastway made the change itself, Terraform would report it as drift."


def _left(rest: tuple[EstateObject, ...]) -> Iterator[str]:
    kinds = {type(each) for each in rest}
    if ClusterTag in kinds:
        yield "- The tags of clusters and node groups: the tool that created these owns their tags, and Terraform has"
        yield "  no resource for a single tag on them."
    if AccessKey in kinds:
        yield "- The user's access key: Terraform would keep its secret in the state, where everyone with access to the"
        yield "  state can read it."
    if AwsAuthMapping in kinds:
        yield "- The entry in aws-auth of a cluster without access entries: the ConfigMap also contains the entries of"
        yield "  the nodes, which Terraform would overwrite. The script explains how to add the entry by hand;"
        yield "  `leastway apply` adds it for you."
