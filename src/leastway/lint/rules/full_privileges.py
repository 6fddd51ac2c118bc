"""Full privileges: every action on everything, however it is written, and policies that are known to give it.

`leastway.policy.breadth` judges IAM policies, as for grants. Source of the rest: EKS User Guide, "Review access policy
permissions"; Kubernetes reference, "Using RBAC Authorization", "User-facing roles" and "Privilege escalation
prevention".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.absence import requires
from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.policy.breadth import FULL_BY_NAME, broad_statements
from leastway.policy.model import BaseOperator, PolicyKind
from leastway.policy.wildcards import Globs, tokens_of
from leastway.rbac import MASTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Attachment, ConditionAt, Exhibit, StatementAt
    from leastway.lint.knowledge import Knowledge
    from leastway.policy.breadth import Broad
    from leastway.source import KeyPath

__all__ = ["RULE"]

_ALLOWS = {
    "AdministratorAccess": "allows every action on everything",
    "PowerUserAccess": "allows every action on everything except users, groups and the organization",
}
"""What managed policies allow, if that is clearer than the reason in `FULL_BY_NAME`."""
_IN_CLUSTERS = {
    "clusterrole/cluster-admin": "the ClusterRole cluster-admin",
    f"group/{MASTERS}": f"the group {MASTERS}",
}
_CLUSTER_ADMIN = ":eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_BY_EKS = "the EKS access policy AmazonEKSClusterAdminPolicy"
_CLUSTER_FIX = "bind a role with only the necessary verbs and resources, in the namespaces that need it"
_FIX = "list the necessary actions and resources"
_BOUNDARY = "iam:permissionsboundary"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is not PolicyKind.IDENTITY:
        return
    statements = list(exhibit.statements())
    for broad in broad_statements(exhibit.document):
        if broad.index is None:
            yield Violation(("Statement",), f"this {broad.why}", _FIX)
            continue
        found = statements[broad.index]
        if broad.power is not None and any(map(_is_bounding, found.conditions())):
            continue  # the fix of `privilege-escalation`: what it grants stays within a boundary
        but = ", under conditions" if found.statement.conditions else ""
        yield Violation(_place(found, broad), f"this {broad.why}{but}", _FIX)


def _is_bounding(condition: ConditionAt) -> bool:
    """Whether only users and roles with a named permissions boundary that limits them meet the condition."""
    names_it = condition.operator.base in (BaseOperator.STRING_EQUALS, BaseOperator.ARN_EQUALS)
    unlimited = (value.rpartition("/")[2].lower() in FULL_BY_NAME or "*" in value for value in condition.values)
    return requires(condition, _BOUNDARY) and names_it and not any(unlimited)


def _place(found: StatementAt, broad: Broad) -> KeyPath:
    """Return the path of the element that makes the statement broad: an exception, a star, or the powerful action."""
    if found.statement.not_actions is not None:
        return found.at("NotAction")
    if broad.power is not None:
        action = broad.power.action.lower()
        meant = (path for text, path in found.actions() if Globs.compile([tokens_of(text.lower())]).matcher()(action))
        return next(meant, found.at("Action"))
    if found.statement.not_resources is not None:
        return found.at("NotResource")
    return next((path for pattern, path in found.actions() if pattern in ("*", "*:*")), found.at("Action"))


def _check_attachment(attachment: Attachment, _knowledge: Knowledge) -> Iterator[Violation]:
    if (what := _IN_CLUSTERS.get(attachment.arn)) or attachment.arn.endswith(_CLUSTER_ADMIN):
        yield Violation((), f"{what or _BY_EKS} allows everything in the cluster", _CLUSTER_FIX)
        return
    owner, _, name = attachment.arn.rpartition("/")
    if (why := FULL_BY_NAME.get(name.lower())) and owner.endswith(":iam::aws:policy"):
        fix = f"attach a customer managed policy instead: {_FIX}"
        yield Violation((), f"the managed policy {name} {_ALLOWS.get(name, why)}", fix)


RULE = Rule(
    "full-privileges", Severity.ERROR, "every action on everything, however it is written", _check, _check_attachment
)
