"""Documents of policies that are not objects: AWS's own are read once for all accounts of a partition."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from leastway.aws.iam.policy_texts import AwsPolicies, PolicyTexts

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
OF_AWS = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN = "arn:aws:iam::111122223333:policy/corp"


class Iam:
    """An IAM that counts its calls."""

    def __init__(self, *, denies: bool = False, document: Any = ANYTHING) -> None:
        self.asked: list[str] = []
        self._denies = denies
        self._document = document

    def get_policy(self, PolicyArn: str) -> Any:  # noqa: N803  # botocore's names
        self.asked.append(PolicyArn)
        if self._denies:
            error = {"Code": "AccessDenied", "Message": "no"}
            raise ClientError({"Error": error, "ResponseMetadata": {}}, "GetPolicy")  # type: ignore[typeddict-item]
        return {"Policy": {"DefaultVersionId": "v2"}}

    def get_policy_version(self, PolicyArn: str, VersionId: str) -> Any:  # noqa: N803
        assert VersionId == "v2"
        return {"PolicyVersion": {"Document": self._document}}


def texts(iam: Any, of_aws: AwsPolicies) -> PolicyTexts:
    return PolicyTexts(iam, of_aws)


def test_an_aws_managed_policy_is_read_once_and_others_once_per_account() -> None:
    shared = AwsPolicies()
    accounts = [Iam() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda iam: texts(iam, shared).read([OF_AWS, OWN]), accounts))
    asked = [arn for iam in accounts for arn in iam.asked]
    assert (asked.count(OF_AWS), asked.count(OWN)) == (1, 20)
    assert all(one.documents.keys() == {OF_AWS, OWN} and not one.unread for one in found)


def test_aws_managed_policies_are_read_per_partition() -> None:
    iam = Iam()
    texts(iam, AwsPolicies()).read([OF_AWS, OF_AWS.replace("arn:aws:", "arn:aws-us-gov:")])
    assert len(iam.asked) == 2


def test_a_policy_denied_in_one_account_is_read_in_another() -> None:
    shared = AwsPolicies()
    denied = texts(Iam(denies=True), shared).read([OF_AWS])
    assert not denied.documents
    assert "the caller is not allowed to perform GetPolicy" in denied.unread[OF_AWS]
    assert texts(Iam(), shared).read([OF_AWS]).documents
    assert texts(Iam(denies=True), shared).read([OF_AWS]).documents  # it is cached now


def test_an_invalid_document_is_unread_with_the_reason() -> None:
    found = texts(Iam(document={"Statement": []}), AwsPolicies()).read([OWN])
    assert not found.documents
    assert "cannot be read" in found.unread[OWN]


def test_a_response_with_an_unexpected_shape_is_unread() -> None:
    class Other(Iam):
        def get_policy(self, PolicyArn: str) -> Any:  # noqa: N803
            return {"Policy": {}}

    assert texts(Other(), AwsPolicies()).read([OWN]).unread.keys() == {OWN}
