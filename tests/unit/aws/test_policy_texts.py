"""The texts of policies that are no objects: AWS's are read once for all accounts of a partition."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from leastway.aws.iam.policy_texts import AwsPolicies, PolicyTexts

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
OF_AWS = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN = "arn:aws:iam::111122223333:policy/corp"


class Iam:
    """IAM that counts what it is asked."""

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


def test_a_policy_of_aws_is_read_once_for_all_accounts_and_others_in_each() -> None:
    shared = AwsPolicies()
    accounts = [Iam() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda iam: texts(iam, shared).read([OF_AWS, OWN]), accounts))
    asked = [arn for iam in accounts for arn in iam.asked]
    assert (asked.count(OF_AWS), asked.count(OWN)) == (1, 20)
    assert all(one.documents.keys() == {OF_AWS, OWN} and not one.unread for one in found)


def test_each_partition_has_policies_of_its_own() -> None:
    iam = Iam()
    texts(iam, AwsPolicies()).read([OF_AWS, OF_AWS.replace("arn:aws:", "arn:aws-us-gov:")])
    assert len(iam.asked) == 2


def test_what_one_account_may_not_read_another_one_may() -> None:
    shared = AwsPolicies()
    denied = texts(Iam(denies=True), shared).read([OF_AWS])
    assert not denied.documents
    assert "these credentials may not GetPolicy" in denied.unread[OF_AWS]
    assert texts(Iam(), shared).read([OF_AWS]).documents
    assert texts(Iam(denies=True), shared).read([OF_AWS]).documents  # it is known by now


def test_a_text_that_is_no_policy_is_unread_with_the_reason() -> None:
    found = texts(Iam(document={"Statement": []}), AwsPolicies()).read([OWN])
    assert not found.documents
    assert "cannot be read" in found.unread[OWN]


def test_an_answer_of_another_shape_is_unread() -> None:
    class Other(Iam):
        def get_policy(self, PolicyArn: str) -> Any:  # noqa: N803
            return {"Policy": {}}

    assert texts(Other(), AwsPolicies()).read([OWN]).unread.keys() == {OWN}
