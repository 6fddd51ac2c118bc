"""Managed policies: AWS's own, and the versions of the customer's.

AWS managed policies that are known by name only.

AWS (AWS Managed Policy Reference Guide): about 1,500 of them exist, and every account can attach each. ministack: knows
about thirty, with their document; all others do not exist.

A policy that a scenario names exists here and can be attached, but its document is unknown: it allows nothing, and
reading its document is refused.

The default version of a managed policy.

AWS (IAM API Reference, SetDefaultPolicyVersion): any version of a policy can become its default version. ministack:
does not have the operation.

What must be deleted before a managed policy can be deleted.

AWS (IAM API Reference, DeletePolicy): a policy with more than its default version cannot be deleted: DeleteConflict.
ministack: checks only that it is not attached.
"""

from __future__ import annotations

from collections.abc import Iterable

from leastway.primitives import Partition
from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_answer, iam_error
from leastway.sandbox.process.engine import answer, check, iam

__all__ = ["exist"]

_ALLOWS_NOTHING = '{"Version": "2012-10-17", "Statement": []}'
"""The text of a policy whose document is unknown."""


def exist(arns: Iterable[str]) -> None:
    """Make AWS managed policies exist, in every partition; those that ministack knows keep their document."""
    known, make = iam("_aws_managed_policies"), iam("_make_aws_managed_record")
    for name in (arn.partition(":policy/")[2] for arn in arns):
        arn = f"arn:{Partition.AWS}:iam::aws:policy/{name}"
        known.setdefault(arn, make(name, _ALLOWS_NOTHING))


@check("GetPolicyVersion")
def _text(params: Params) -> IamAnswer | None:
    arn = argument(params, "PolicyArn")
    versions = iam("_aws_managed_policies").get(arn, {}).get("Versions", {})
    if any(version["Document"] == _ALLOWS_NOTHING for version in versions.values()):
        return iam_error(501, "NotImplemented", f"The embedded AWS does not have the document of {arn}.")
    return None


@answer("SetDefaultPolicyVersion")
def _set_default(params: Params) -> IamAnswer:
    arn, version = argument(params, "PolicyArn"), argument(params, "VersionId")
    policy = iam("_policies").get(arn)
    if policy is None or version not in policy["Versions"]:
        return iam_error(404, "NoSuchEntity", f"Policy {arn} version {version} does not exist or is not attachable.")
    for known in policy["Versions"].values():
        known["IsDefaultVersion"] = known["VersionId"] == version
    policy["DefaultVersionId"] = version
    return iam_answer(params)


@check("DeletePolicy")
def _delete(params: Params) -> IamAnswer | None:
    policy = iam("_policies").get(argument(params, "PolicyArn"))
    if policy is not None and len(policy["Versions"]) > 1:
        message = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's"
            " versions. The default version is deleted with the policy."
        )
        return iam_error(409, "DeleteConflict", message)
    return None
