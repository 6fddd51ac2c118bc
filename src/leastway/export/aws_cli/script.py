"""A script for each account, in the order in which the platform's own onboarding document goes:

1. the platform's principal: its policy and user, or the role that it assumes;
2. the tag on each cluster and its node groups;
3. the way into each cluster;
4. the user's first access key;
5. the roles that Terraform works under.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from itertools import groupby
from typing import assert_never

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    EstateObject,
    ManagedPolicy,
    NodegroupTag,
    RbacBinding,
    RbacRole,
    Role,
    User,
)
from leastway.export.aws_cli import clusters, iam
from leastway.export.aws_cli.words import comment, heading, own_partition, quoted
from leastway.export.exporter import ExportRequest
from leastway.export.header import header
from leastway.export.regions import home_region

__all__ = ["AwsCli", "script_of"]

_HOW = (
    "It makes what is missing, marks it as the grant's, and changes nothing that is there: it may be run again, and",
    "ends where something is in its way. `leastway plan` then says whether anything is left or different.",
    "Needs the AWS CLI with credentials of the account. Run with: sh",
)
_SECTIONS = (
    "1. The platform's principal",
    "2. The tag that opens a cluster to the platform",
    "3. The way into the clusters",
    "4. The user's first access key",
    "5. The roles that Terraform works under",
)


class AwsCli:
    """A POSIX shell script for each account."""

    name = "aws-cli"
    makes = "a shell script for each account, which runs the AWS CLI"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return each account's script as `111122223333.sh`."""
        return {
            f"{account}.sh": script_of(
                request,
                account,
                objects,
                name=f"{account}.sh",
                title=f"lets the platform {request.profile} into the account {account}",
            )
            for account, objects in request.by_account().items()
        }


def script_of(
    request: ExportRequest,
    account: str,
    objects: tuple[EstateObject, ...],
    *,
    name: str,
    title: str,
    unmarked: tuple[ManagedPolicy, ...] = (),
) -> str:
    """Return the script `name`, which makes `objects` in `account`; `title` says what it is for.

    Other formats leave to it what their own tool cannot make, and the marks of policies that it cannot tag.
    """
    *how, run = _HOW
    head = [*header(request, title, (*unmarked, *objects)), "", *how, f"{run} {name}"]
    functions = resources.files("leastway.export.aws_cli").joinpath("functions.sh").read_text("utf-8").rstrip()
    who = '[ "$account" = "$(aws sts get-caller-identity --query Account --output text)" ]'
    parts = ["#!/bin/sh", comment(head), "", functions, "", f"grant={quoted(request.grant)}"]
    parts += [
        f"account={quoted(account)}",
        *own_partition(home_region((*unmarked, *objects))),
        f'{who} ||\n  stop "these are not credentials of the account $account"',
    ]
    principals = _principals(objects)
    for policy in unmarked:
        parts += ["\n", *iam.policy_mark(policy, request.grant)]
    for number, section in enumerate(_SECTIONS, 1):
        chosen = [each for each in objects if _section(each, principals) == number]
        if chosen:
            parts.append(heading(section))
            for steps in _steps_of(chosen, request.grant):
                parts += ["", *steps]
    return "\n".join(parts) + "\n"


def _steps_of(objects: Iterable[EstateObject], grant: str) -> Iterator[Iterator[str]]:
    """Yield the steps of each object; what is inside of a cluster is said together, after the way in."""
    for _, here in groupby(objects, lambda each: each.address.place):
        within: list[RbacRole | RbacBinding] = []
        for each in here:
            if isinstance(each, RbacRole | RbacBinding):
                within.append(each)
            else:
                yield _steps(each, grant)
        if within:
            yield clusters.rights(within)


def _steps(each: EstateObject, grant: str) -> Iterator[str]:
    match each:
        case ManagedPolicy():
            return iam.managed_policy(each, grant)
        case User():
            return iam.user(each, grant)
        case Role():
            return iam.role(each, grant)
        case AccessKey():
            return iam.access_key(each)
        case ClusterTag():
            return clusters.cluster_tag(each, grant)
        case NodegroupTag():
            return clusters.nodegroup_tag(each, grant)
        case AccessEntry():
            return clusters.access_entry(each, grant)
        case AccessPolicy():
            return clusters.access_policy(each)
        case AwsAuthMapping():
            return clusters.mapping(each, grant)
        case RbacRole() | RbacBinding():
            return clusters.rights([each])
        case _:
            assert_never(each)


def _section(each: EstateObject, principals: frozenset[str]) -> int:
    match each:
        case ManagedPolicy() | User():
            return 1
        case Role():
            return 1 if f"{each.account}/{each.name}" in principals else 5
        case ClusterTag() | NodegroupTag():
            return 2
        case AccessEntry() | AccessPolicy() | RbacRole() | RbacBinding() | AwsAuthMapping():
            return 3
        case AccessKey():
            return 4
        case _:
            assert_never(each)


def _principals(objects: Iterable[EstateObject]) -> frozenset[str]:
    """Return who comes into the clusters, as `account/name`: a role in aws-auth is written without its path."""
    arns = [each.principal for each in objects if isinstance(each, AccessEntry)]
    arns += [each.arn for each in objects if isinstance(each, AwsAuthMapping)]
    return frozenset(f"{arn.split(':')[4]}/{arn.rsplit('/', 1)[-1]}" for arn in arns)
