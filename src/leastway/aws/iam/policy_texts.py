"""Documents of managed policies that are not objects of the grant: AWS's own, and others of the account.

An AWS managed policy is the same in all accounts of a partition, so it is read once for all of them.
Source: IAM User Guide, "Managed policies and inline policies".
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from leastway.aws.errors import aws_errors
from leastway.aws.iam.documents import read_document
from leastway.errors import LeastwayError, in_words
from leastway.estate import OtherAccess
from leastway.policy import Document, PolicyKind
from leastway.primitives import Arn

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

__all__ = ["AwsPolicies", "PolicyTexts"]

_AWS = "aws"
"""The account part in the ARN of an AWS managed policy."""


class AwsPolicies:
    """Cached AWS managed policies by ARN (which includes the partition). Thread-safe."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def turn(self, arn: str) -> threading.Lock:
        """Return the lock for reading one policy, so that no other account reads it at the same time."""
        with self._lock:
            return self._locks.setdefault(arn, threading.Lock())


class PolicyTexts:
    """The managed policies that are visible in one account."""

    def __init__(self, iam: IAMClient, of_aws: AwsPolicies) -> None:
        self._iam = iam
        self._of_aws = of_aws
        self._own: dict[str, Document] = {}

    def read(self, arns: Iterable[str]) -> OtherAccess:
        """Read the default version of each policy, or the reason why it cannot be read."""
        documents: dict[str, Document] = {}
        unread: dict[str, str] = {}
        for arn in sorted(set(arns)):
            try:
                documents[arn] = self._read(arn)
            except LeastwayError as error:
                unread[arn] = in_words(error)[0]
        return OtherAccess(documents=documents, unread=unread)

    def _read(self, arn: str) -> Document:
        if Arn.parse(arn).account != _AWS:
            if arn not in self._own:
                self._own[arn] = self._fetch(arn)
            return self._own[arn]
        with self._of_aws.turn(arn):
            if arn not in self._of_aws.documents:
                self._of_aws.documents[arn] = self._fetch(arn)
            return self._of_aws.documents[arn]

    def _fetch(self, arn: str) -> Document:
        with aws_errors(arn):
            version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)
            return read_document(answer["PolicyVersion"]["Document"], PolicyKind.IDENTITY, arn)
