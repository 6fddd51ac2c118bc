"""The script of each account, in the order of the platform's own onboarding document.

1. The platform's principal: its policy and user, or the role that it assumes.
2. The tag on each cluster and its node groups.
3. The way into each cluster.
4. The user's first access key.
5. The roles for Terraform.
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
    IdentityProvider,
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
    "It creates missing objects, marks them as the grant's, and changes no existing ones. It stops if an object of",
    "others is in the way, and can be run again. Afterwards, `leastway plan` shows what is missing or different.",
    "It needs the AWS CLI with credentials of the account. Run it with: sh",
)
_SECTIONS = (
    "1. The platform's principal",
    "2. The tag that gives the platform access to a cluster",
    "3. The way into the clusters",
    "4. The user's first access key",
    "5. The roles for Terraform",
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
                title=f"access of the platform {request.profile} to the account {account}",
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
    """Return the script `name`, which creates `objects` in `account`; `title` says what it is for.

    Other formats use it for objects that their own tool cannot create, and to mark the `unmarked` policies.
    """
    *how, run = _HOW
    head = [*header(request, title, (*unmarked, *objects)), "", *how, f"{run} {name}"]
    functions = resources.files("leastway.export.aws_cli").joinpath("functions.sh").read_text("utf-8").rstrip()
    who = '[ "$account" = "$(aws sts get-caller-identity --query Account --output text)" ]'
    parts = ["#!/bin/sh", comment(head), "", functions, "", f"grant={quoted(request.grant)}"]
    parts += [
        f"account={quoted(account)}",
        *own_partition(home_region((*unmarked, *objects))),
        f'{who} ||\n  stop "the credentials are not those of the account $account"',
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
    """Yield the steps of each object; objects inside a cluster come in one comment, after its access entries."""
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
        case IdentityProvider():
            return iam.identity_provider(each, grant)
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
        case ManagedPolicy() | User() | IdentityProvider():
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
    """Return the principals with access to clusters, as `account/name`: roles in aws-auth have no path."""
    arns = [each.principal for each in objects if isinstance(each, AccessEntry)]
    arns += [each.arn for each in objects if isinstance(each, AwsAuthMapping)]
    return frozenset(f"{arn.split(':')[4]}/{arn.rsplit('/', 1)[-1]}" for arn in arns)
