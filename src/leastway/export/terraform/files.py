"""The files of `terraform`: one folder an account, a root module that is run as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    EstateObject,
    ManagedPolicy,
    Mark,
    NodegroupTag,
    RbacBinding,
    RbacRole,
    Role,
    User,
    external_id_in,
    mark_tags,
)
from leastway.export.aws_cli import script_of
from leastway.export.exporter import ExportRequest
from leastway.export.hcl import Block, Call, Expression, Item, body_of, hcl_text
from leastway.export.header import header
from leastway.export.regions import home_region
from leastway.export.terraform import eks, iam, inside
from leastway.export.terraform.names import Names
from leastway.export.terraform.providers import providers, versions
from leastway.export.terraform.readme import readme
from leastway.export.yaml_text import comment

__all__ = ["Terraform"]

_BEYOND = (ClusterTag, NodegroupTag, AccessKey, AwsAuthMapping)
"""Tags of what is not Terraform's, a secret that its state would hold, and a map that others' entries are in."""


class Terraform:
    """A root module for each account."""

    name = "terraform"
    makes = "a Terraform or OpenTofu module for each account, and a script for what Terraform should not do"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return the files of each account, in a folder of its id."""
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
    head = comment(header(request, f"lets the platform {request.profile} into the account {account}", own)) + "\n"
    external_id = next((external_id_in(each.trust) for each in own if isinstance(each, Role)), None)
    files = {
        "versions.tf": [versions(with_kubernetes=bool(inhabited))],
        "providers.tf": providers(account, home, entered, inhabited),
        "variables.tf": _variables(external_id),
        "iam.tf": [
            _locals(request.grant),
            *_blocks(own, (ManagedPolicy, User, Role), names, made, request.grant, external_id),
        ],
        "clusters.tf": _blocks(own, (AccessEntry, AccessPolicy, RbacRole, RbacBinding), names, made, request.grant),
        "outputs.tf": _outputs(own, made, external_id),
    }
    texts = {name: hcl_text(items) for name, items in files.items()}
    found = {name: head + text for name, text in texts.items() if text}
    found["README.md"] = readme(request, account, own, rest)
    if rest:
        title = f"what Terraform should not do in the account {account}, for after it"
        found["rest.sh"] = script_of(request, account, rest, name="rest.sh", title=title)
    return found


_KINDS: Mapping[type, str] = {ManagedPolicy: "aws_iam_policy", User: "aws_iam_user", Role: "aws_iam_role"}


def _blocks(
    objects: tuple[EstateObject, ...],
    kinds: tuple[type, ...],
    names: Names,
    made: iam.Made,
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
            case Role():
                yield from iam.role(each, names, made, external_id)
            case AccessEntry():
                yield from eks.access_entry(each, names, made)
            case AccessPolicy():
                yield from eks.access_policy(each, names, entries[each.place, each.principal])
            case RbacRole() | RbacBinding():
                yield from inside.right(each, names, grant)
            case ClusterTag() | NodegroupTag() | AccessKey() | AwsAuthMapping():
                continue  # the script's
            case _:
                assert_never(each)


def _locals(grant: str) -> Block:
    marks = Call("merge", (Expression("var.tags"), mark_tags(Mark(grant))))
    return Block("locals", (), body_of(tags=marks))


def _variables(external_id: str | None) -> Iterator[Block]:
    if external_id is not None:
        described = "What the platform presents when it assumes a role. It is no secret."
        yield Block(
            "variable",
            ("external_id",),
            body_of(description=described, type=Expression("string"), default=external_id, nullable=False),
        )
    described = "Tags of your own for everything that takes tags, beside the mark of the grant."
    kind = Expression("map(string)")
    yield Block("variable", ("tags",), body_of(description=described, type=kind, default={}, nullable=False))


def _outputs(objects: Iterable[EstateObject], made: iam.Made, external_id: str | None) -> Iterator[Block]:
    for each in objects:
        if isinstance(each, ManagedPolicy | User | Role):
            resource = made[each.arn]
            label = resource.removeprefix("aws_iam_").replace(".", "_")
            yield Block("output", (f"{label}_arn",), body_of(value=Expression(f"{resource}.arn")))
            own = external_id_in(each.trust) if isinstance(each, Role) else None
            if own and own != external_id:
                yield Block("output", (f"{label}_external_id",), body_of(value=own))
    if external_id is not None:
        yield Block("output", ("external_id",), body_of(value=iam.EXTERNAL_ID))
