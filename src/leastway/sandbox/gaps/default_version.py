"""The default version of a managed policy.

AWS (IAM API Reference, SetDefaultPolicyVersion): any version of a policy can become its default version. ministack:
does not have the operation.
"""

from __future__ import annotations

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error
from leastway.sandbox.process.engine import answer, iam


@answer("SetDefaultPolicyVersion")
def _set_default(params: Params) -> IamAnswer:
    arn, version = argument(params, "PolicyArn"), argument(params, "VersionId")
    policy = iam("_policies").get(arn)
    if policy is None or version not in policy["Versions"]:
        return iam_error(404, "NoSuchEntity", f"Policy {arn} version {version} does not exist or is not attachable.")
    for known in policy["Versions"].values():
        known["IsDefaultVersion"] = known["VersionId"] == version
    policy["DefaultVersionId"] = version
    answer: IamAnswer = iam("_xml")(200, "SetDefaultPolicyVersionResponse", "")
    return answer
