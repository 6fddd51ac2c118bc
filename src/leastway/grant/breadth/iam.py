"""IAM policies that come to full privileges, however they are spelled.

The measure is a list of powers: for each of many services one action by which it is given away or taken down, on a
resource that no policy names. A policy that allows all of them is full control, whether it says `*`, `*:*`, `a*` to
`z*`, every service by itself, or all but nothing. A statement that allows all but some things (`NotAction`,
`NotResource`) and thereby most powers counts as well, and so does one that can write IAM's own policies. Conditions
and denials are not weighed: they may narrow the policy today.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from leastway.policy import Document, Effect, Statement
from leastway.policy.partitions import in_any_partition
from leastway.policy.wildcards import Globs, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["why_full_privileges"]

_NOBODY = "leastway-probe"
_POWERS = (
    ("cloudformation:CreateStack", f"arn:aws:cloudformation:{_NOBODY}:{_NOBODY}:stack/{_NOBODY}/{_NOBODY}"),
    ("cloudtrail:StopLogging", f"arn:aws:cloudtrail:{_NOBODY}:{_NOBODY}:trail/{_NOBODY}"),
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{_NOBODY}:{_NOBODY}:table/{_NOBODY}"),
    ("ec2:TerminateInstances", f"arn:aws:ec2:{_NOBODY}:{_NOBODY}:instance/{_NOBODY}"),
    ("eks:DeleteCluster", f"arn:aws:eks:{_NOBODY}:{_NOBODY}:cluster/{_NOBODY}"),
    ("iam:CreateUser", f"arn:aws:iam::{_NOBODY}:user/{_NOBODY}"),
    ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{_NOBODY}:{_NOBODY}:key/{_NOBODY}"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{_NOBODY}:{_NOBODY}:function:{_NOBODY}"),
    ("organizations:LeaveOrganization", f"arn:aws:organizations::{_NOBODY}:{_NOBODY}"),
    ("rds:DeleteDBInstance", f"arn:aws:rds:{_NOBODY}:{_NOBODY}:db:{_NOBODY}"),
    ("route53:ChangeResourceRecordSets", f"arn:aws:route53:::hostedzone/{_NOBODY}"),
    ("s3:DeleteBucket", f"arn:aws:s3:::{_NOBODY}"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{_NOBODY}:{_NOBODY}:secret:{_NOBODY}"),
    ("ssm:SendCommand", f"arn:aws:ssm:{_NOBODY}:{_NOBODY}:document/{_NOBODY}"),
    ("sts:AssumeRole", f"arn:aws:iam::{_NOBODY}:role/{_NOBODY}"),
)
_WRITES_OF_IAM = (
    ("iam:AttachRolePolicy", f"arn:aws:iam::{_NOBODY}:role/{_NOBODY}"),
    ("iam:AttachUserPolicy", f"arn:aws:iam::{_NOBODY}:user/{_NOBODY}"),
    ("iam:CreatePolicyVersion", f"arn:aws:iam::{_NOBODY}:policy/{_NOBODY}"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{_NOBODY}:role/{_NOBODY}"),
    ("iam:PutUserPolicy", f"arn:aws:iam::{_NOBODY}:user/{_NOBODY}"),
)

# A policy stands in one account, so naming it narrows nothing.
_OWN_ACCOUNT = re.compile(r"(?<=:)[0-9]{12}(?=:)")


@functools.lru_cache(maxsize=64)
def why_full_privileges(document: Document) -> str | None:
    """Return why `document` comes to full privileges, to be read after its name, or None."""
    allowed: set[tuple[str, str]] = set()
    for number, statement in enumerate(document.statements, start=1):
        if statement.effect is not Effect.ALLOW:
            continue
        name = f"statement {number}" + (f" ({statement.sid})" if statement.sid else "")
        powers = {power for power in _POWERS if _allows(statement, *power)}
        if _says_all_but(statement) and len(powers) * 2 > len(_POWERS):
            return f"allows all but some things in {name}"
        if len(powers) == len(_POWERS):
            return f"allows every action on everything in {name}"
        for action, resource in _WRITES_OF_IAM:
            if _allows(statement, action, resource):
                return f"can give itself every right by {action} in {name}"
        allowed |= powers
    return "allows everything, one statement with another" if len(allowed) == len(_POWERS) else None


def _says_all_but(statement: Statement) -> bool:
    return statement.not_actions is not None or statement.not_resources is not None


def _allows(statement: Statement, action: str, resource: str) -> bool:
    if statement.not_actions is not None:
        is_action = not _means(map(str.lower, statement.not_actions), action.lower())
    else:
        is_action = _means(map(str.lower, statement.actions or ()), action.lower())
    if not is_action:
        return False
    if statement.not_resources is not None:
        return not _means(map(_everywhere, statement.not_resources), resource)
    return _means(map(_everywhere, statement.resources or ()), resource)


def _everywhere(resource: str) -> str:
    """Return the pattern of a resource as it is in any account of any partition."""
    return in_any_partition(_OWN_ACCOUNT.sub("*", resource))


def _means(patterns: Iterable[str], text: str) -> bool:
    """Whether one of `patterns`, with * and ?, means `text`."""
    return Globs.compile(map(tokens_of, patterns)).matcher()(text)
