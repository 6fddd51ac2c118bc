"""A trust policy that admits every identity of an identity provider.

Providers such as GitHub serve everyone: without a condition on the subject, every repository in the world can assume
the role. Sources: IAM User Guide, "Create a role for OpenID Connect federation", "Configuring a role for GitHub OIDC
identity provider"; Amazon EKS User Guide, "Assign IAM roles to Kubernetes service accounts".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.lint.absence import requires
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import is_opaque, quoted
from leastway.policy.model import BaseOperator, PolicyKind
from leastway.policy.partitions import COGNITO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import ConditionAt, Exhibit, StatementAt
    from leastway.lint.knowledge import Knowledge
    from leastway.source import KeyPath

__all__ = ["RULE"]

_BY_AUDIENCE = {
    **dict.fromkeys(COGNITO, "aud"),
    "accounts.google.com": "aud",
    "graph.facebook.com": "app_id",
    "www.amazon.com": "app_id",
}
_PROVIDER = re.compile(r"arn:[^:]*:iam::[^:]*:oidc-provider/(.+)")
_GITHUB = re.compile(r"(?:token\.actions\.githubusercontent\.com|token\.actions\..*\.ghe\.com).*")
_ANY_REPOSITORY = re.compile(r"[*?]|repo:[^/]*[*?][^/]*(?:/.*)?$")


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is not PolicyKind.TRUST:
        return
    for found in exhibit.allows():
        for principal_type, name, path in found.principals():
            if principal_type == "Federated" and not is_opaque(name):
                yield from _check_provider(found, name, path)


def _check_provider(found: StatementAt, name: str, path: KeyPath) -> Iterator[Violation]:
    provider = _PROVIDER.fullmatch(name)
    host = provider[1] if provider else name
    if not provider and host not in _BY_AUDIENCE:
        return
    claim = _BY_AUDIENCE.get(host, "sub")
    firm = [one for one in found.conditions() if requires(one, one.key.lower()) and _is_claim(one, host, claim)]
    if not firm:
        fix = f'require the identity: "StringEquals": {{"{host}:{claim}": "..."}}'
        yield Violation(path, f"every identity of {quoted(host)} can assume this role", fix)
    for condition in firm:
        for value, at in condition.each():
            if condition.key.lower().endswith(":sub") and _is_open(host, condition, value):
                fix = "write the full subject, or at least its organization and repository, or its namespace"
                yield Violation(at, f"the subject {quoted(value)} also matches identities of others", fix)


def _is_claim(condition: ConditionAt, host: str, claim: str) -> bool:
    """Whether the condition compares the claim, or another claim of the provider that is not the audience."""
    prefix, _, found = condition.key.lower().rpartition(":")
    return prefix == host.lower() and (found == claim or (claim == "sub" and found != "aud"))


def _is_open(host: str, condition: ConditionAt, value: str) -> bool:
    if condition.operator.base is not BaseOperator.STRING_LIKE:
        return False
    return value.startswith("*") or (_GITHUB.fullmatch(host) is not None and _ANY_REPOSITORY.match(value) is not None)


RULE = Rule("open-federation", Severity.ERROR, "an identity provider whose every identity may assume the role", _check)
