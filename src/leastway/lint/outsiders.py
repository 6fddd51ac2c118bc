"""Whether strangers are excluded although a statement names everyone.

A condition excludes strangers if it requires something about the caller or the network that not everyone has. A Deny in
the same policy that matches a stranger's request does too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.absence import requires
from leastway.policy.evaluate import PolicySet, Request, Verdict, compile_policies
from leastway.policy.evaluate.conditions.address import parse_range
from leastway.policy.model import Document, Effect
from leastway.policy.partitions import partition_of

if TYPE_CHECKING:
    from leastway.lint.exhibit import ConditionAt, Exhibit, StatementAt

__all__ = ["keeps_strangers_out"]

_WHO = (
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:userid",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
)
_WHENCE = (
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
)
_ADDRESSES = ("aws:sourceip", "aws:vpcsourceip")
_WIDEST_RANGE = 8
_STRANGER = "arn:{}:iam::999999999999:user/stranger"
"""In the partition of the policy: principals of other partitions cannot reach its resources."""
_THEIR_CONTEXT = {
    "aws:PrincipalAccount": "999999999999",
    "aws:PrincipalOrgID": "o-strangers0",
    "aws:PrincipalOrgPaths": ["o-strangers0/r-strange/"],
    "aws:PrincipalIsAWSService": "false",
    "aws:PrincipalType": "User",
    "aws:SecureTransport": "true",
    "aws:SourceIp": "198.51.100.7",
    "aws:ViaAWSService": "false",
}


def keeps_strangers_out(exhibit: Exhibit, found: StatementAt) -> bool:
    """Whether the Allow statement, or a Deny of its policy, excludes strangers."""
    return any(_is_narrow(condition) for condition in found.conditions()) or _is_denied(exhibit, found)


def _is_narrow(condition: ConditionAt) -> bool:
    if requires(condition, *_WHO, *_WHENCE):
        return bool(condition.values) and not any(_is_anything(text) for text in condition.values)
    if requires(condition, *_ADDRESSES):
        ranges = [parse_range(text) for text in condition.values]
        return all(found is None or found.prefixlen >= _WIDEST_RANGE for found in ranges)
    return False


def _is_anything(text: str) -> bool:
    """Whether a pattern names nothing except partition, service and region."""
    segments = text.split(":", 5)
    named = segments[4:] if len(segments) == 6 else segments
    return not "".join(named).strip("*?:/")


def _is_denied(exhibit: Exhibit, found: StatementAt) -> bool:
    """Whether a Deny matches a stranger's requests for the actions of the statement."""
    denies = tuple(item for item in exhibit.document.statements if item.effect is Effect.DENY)
    if not denies:
        return False
    denying = PolicySet(resource=Document(exhibit.document.kind, denies, exhibit.document.version))
    stranger = _STRANGER.format(partition_of([PolicySet(resource=exhibit.document)]))
    context = {**_THEIR_CONTEXT, "aws:PrincipalArn": stranger}
    policies = compile_policies(denying)
    resource = next((text for text, _ in found.resources()), "*").replace("*", "any").replace("?", "x")
    patterns = [pattern for pattern, _ in found.actions() if ":" in pattern] or ["any:Thing"]
    actions = [pattern.replace("*", "Any").replace("?", "x") for pattern in patterns]
    requests = [Request(stranger, action, resource, context=context) for action in actions]
    return all(policies.decide(request).verdict is Verdict.EXPLICITLY_DENIED for request in requests)
