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
            (
                f"{WHO} is not allowed to perform iam:GetRole on role humanitec-s3: "
                "no identity-based policy allows the iam:GetRole action"
            ),
            "allow iam:GetRole on role humanitec-s3; `leastway explain permissions` lists what each command needs",
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:CreateRole on resource: {ARN} with an explicit deny "
                "in a service control policy"
            ),
            f"{WHO} is not allowed to perform iam:CreateRole on {ARN}: explicit deny in a service control policy",
            "ask the administrators of the organization's policies to allow iam:CreateRole",
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:CreateRole on resource: {ARN} with an explicit deny "
                "in an identity-based policy"
            ),
            f"{WHO} is not allowed to perform iam:CreateRole on {ARN}: explicit deny in an identity-based policy",
            (
                "find out whether it is meant: leastway denies addresses that are not listed, and everything while a "
                "grant is revoked (`leastway status`); else except iam:CreateRole from that Deny statement"
            ),
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:CreateRole on resource: {ARN} because no permissions "
                "boundary allows the iam:CreateRole action"
            ),
            (
                f"{WHO} is not allowed to perform iam:CreateRole on {ARN}: "
                "no permissions boundary allows the iam:CreateRole action"
            ),
            "allow iam:CreateRole in the permissions boundary too",
        ),
        (
            (
                f"User: {WHO} is not authorized to perform: iam:GetRole on resource: {ARN} because no session policy "
                "allows the iam:GetRole action"
            ),
            f"{WHO} is not allowed to perform iam:GetRole on {ARN}: no session policy allows the iam:GetRole action",
            "allow iam:GetRole in the session policy too",
        ),
        (
            f"User: {WHO} is not authorized to perform: sts:AssumeRole on resource: {ARN}",
            f"{WHO} is not allowed to perform sts:AssumeRole on {ARN}",
            "allow it for the caller, and check that the role's trust policy names the caller and the external id",
        ),
        (
            f"User: {WHO} is not authorized to perform: eks:ListClusters",
            f"{WHO} is not allowed to perform eks:ListClusters",
            "allow eks:ListClusters; `leastway explain permissions` lists what each command needs",
        ),
        (
            "Access Denied.",
            "the caller is not allowed to perform eks:DescribeCluster: Access Denied",
            "allow eks:DescribeCluster; `leastway explain permissions` lists what each command needs",
        ),
    ],
)
def test_a_denial_names_the_caller_the_action_and_the_fix(message: str, what: str, fix: str) -> None:
    denial = Denial.parse(message, "eks:DescribeCluster")
    assert (denial.what, denial.fix) == (what, fix)
