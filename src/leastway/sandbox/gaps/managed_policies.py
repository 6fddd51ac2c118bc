"""AWS managed policies that are known by name only.

AWS (AWS Managed Policy Reference Guide): about 1,500 of them exist, and every account can attach each. ministack: knows
about thirty, with their document; all others do not exist.

A policy that a scenario names exists here and can be attached, but its document is unknown: it allows nothing, and
reading its document is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error
from leastway.sandbox.process.engine import check, iam

__all__ = ["exist", "forget"]

_ALLOWS_NOTHING = '{"Version": "2012-10-17", "Statement": []}'
_textless: set[str] = set()


def exist(arns: Iterable[str]) -> None:
    """Make the AWS managed policies of `arns` exist; those that ministack knows keep their document.

    Must be called in an account of their partition. A policy that exists in one partition exists in all.
    """
    known = iam("_aws_managed_policies")
    make = iam("_make_aws_managed_record")
    for arn in arns:
        if arn not in known:
            known[arn] = make(_name(arn), _ALLOWS_NOTHING)
            _textless.add(_name(arn))


def forget() -> None:
    """Forget which policies have no document: ministack's reset deletes the policies."""
    _textless.clear()


def _name(arn: str) -> str:
    return arn.partition(":policy/")[2]


@check("GetPolicyVersion")
def _text(params: Params) -> IamAnswer | None:
    arn = argument(params, "PolicyArn")
    if ":iam::aws:" in arn and _name(arn) in _textless:
        return iam_error(501, "NotImplemented", f"The embedded AWS does not have the document of {arn}.")
    return None
