"""AWS managed policies that are known by name alone.

AWS (AWS Managed Policy Reference Guide): some 1,500 of them, and every account may attach each. ministack: knows some
thirty, with their text; any other does not exist.

What a scenario names exists here too and can be attached, but what it allows nobody here knows: nothing is
allowed by it, and its text is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error
from leastway.sandbox.process.engine import check, iam

__all__ = ["exist"]

_ALLOWS_NOTHING = '{"Version": "2012-10-17", "Statement": []}'
_textless: set[str] = set()


def exist(arns: Iterable[str]) -> None:
    """Let the AWS managed policies of `arns` exist; those that ministack knows keep their text.

    To be called in an account of their partition. A policy that exists in one, exists in all.
    """
    known = iam("_aws_managed_policies")
    make = iam("_make_aws_managed_record")
    for arn in arns:
        if arn not in known:
            known[arn] = make(_name(arn), _ALLOWS_NOTHING)
            _textless.add(_name(arn))


def _name(arn: str) -> str:
    return arn.partition(":policy/")[2]


@check("GetPolicyVersion")
def _text(params: Params) -> IamAnswer | None:
    arn = argument(params, "PolicyArn")
    if ":iam::aws:" in arn and _name(arn) in _textless:
        return iam_error(501, "NotImplemented", f"The embedded AWS does not know what {arn} says.")
    return None
