import pytest

from leastway.aws.denied import Denial

WHO = "arn:aws:sts::111122223333:assumed-role/plan/leastway"
ARN = "arn:aws:iam::111122223333:role/humanitec-s3"


@pytest.mark.parametrize(
    ("message", "what", "fix"),
    [
        (
            (
                f"User: {WHO} is not authorized to perform: iam:GetRole on resource: role humanitec-s3 because no "
                "identity-based policy allows the iam:GetRole action"
            ),
            f"{WHO} may not iam:GetRole on role humanitec-s3: no identity-based policy allows the iam:GetRole action",
            "permit iam:GetRole on role humanitec-s3; docs/permissions.md lists what each command needs",
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:CreateRole on resource: {ARN} with an explicit deny "
                "in a service control policy"
            ),
            f"{WHO} may not iam:CreateRole on {ARN}: with an explicit deny in a service control policy",
            "ask whoever keeps the organization's policies to permit iam:CreateRole there",
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:CreateRole on resource: {ARN} with an explicit deny "
                "in an identity-based policy"
            ),
            f"{WHO} may not iam:CreateRole on {ARN}: with an explicit deny in an identity-based policy",
            "take iam:CreateRole out of that Deny",
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:CreateRole on resource: {ARN} because no permissions "
                "boundary allows the iam:CreateRole action"
            ),
            f"{WHO} may not iam:CreateRole on {ARN}: no permissions boundary allows the iam:CreateRole action",
            "permit iam:CreateRole in the permissions boundary too",
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:GetRole on resource: {ARN} because no session policy "
                "allows the iam:GetRole action"
            ),
            f"{WHO} may not iam:GetRole on {ARN}: no session policy allows the iam:GetRole action",
            "permit iam:GetRole in the session policy too",
        ),
        (
            f"User: {WHO} is not authorized to perform: sts:AssumeRole on resource: {ARN}",
            f"{WHO} may not sts:AssumeRole on {ARN}",
            "permit it to the caller, and see that the role's trust policy names the caller and the external id",
        ),
        (
            f"User: {WHO} is not authorized to perform: eks:ListClusters",
            f"{WHO} may not eks:ListClusters",
            "permit eks:ListClusters; docs/permissions.md lists what each command needs",
        ),
        (
            "Access Denied.",
            "these credentials may not eks:DescribeCluster: Access Denied",
            "permit eks:DescribeCluster; docs/permissions.md lists what each command needs",
        ),
    ],
)
def test_a_denial_says_who_what_and_the_way_out(message: str, what: str, fix: str) -> None:
    denial = Denial.parse(message, "eks:DescribeCluster")
    assert (denial.what, denial.fix) == (what, fix)
