"""Full privileges: every action on everything, however it is spelled, and what comes to that by its name.

The measure is a list of powers, each an action of another service by which something is given away or taken down, on
a resource that nobody names. Source: IAM User Guide, "Security best practices in IAM", "Apply least-privilege
permissions"; AWS Managed Policy Reference; EKS User Guide, "Review access policy permissions"; Kubernetes reference,
"Using RBAC Authorization", "User-facing roles" and "Privilege escalation prevention".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.findings.finding import Severity
from leastway.policy.findings.reach import NOBODY, is_about, reaches
from leastway.policy.findings.rule import Rule, Trouble
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.findings.exhibit import Attachment, Exhibit
    from leastway.policy.findings.knowledge import Knowledge

__all__ = ["RULE"]

_POWERS = (
    ("cloudtrail:StopLogging", f"arn:aws:cloudtrail:any:any:trail/{NOBODY}"),
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:any:any:table/{NOBODY}"),
    ("ec2:TerminateInstances", f"arn:aws:ec2:any:any:instance/{NOBODY}"),
    ("eks:DeleteCluster", f"arn:aws:eks:any:any:cluster/{NOBODY}"),
    ("iam:CreateUser", f"arn:aws:iam::any:user/{NOBODY}"),
    ("kms:ScheduleKeyDeletion", f"arn:aws:kms:any:any:key/{NOBODY}"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:any:any:function:{NOBODY}"),
    ("rds:DeleteDBInstance", f"arn:aws:rds:any:any:db:{NOBODY}"),
    ("s3:DeleteBucket", f"arn:aws:s3:::{NOBODY}"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:any:any:secret:{NOBODY}"),
    ("sts:AssumeRole", f"arn:aws:iam::any:role/{NOBODY}"),
)
_MANAGED = {
    "AdministratorAccess": "allows every action on everything",
    "PowerUserAccess": "allows every action on everything, but for users, groups and the organization",
}
_IN_CLUSTERS = {
    "clusterrole/cluster-admin": "the ClusterRole cluster-admin",
    "group/system:masters": "the group system:masters",
}
_CLUSTER_ADMIN = ":eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_BY_EKS = "the EKS access policy AmazonEKSClusterAdminPolicy"
_CLUSTER_FIX = "give a role of the verbs and resources that are needed, in the namespaces where they are"
_FIX = "name the actions that are needed, and the resources that they are needed on"


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Trouble]:
    if exhibit.document.kind is not PolicyKind.IDENTITY:
        return
    for found in exhibit.allows():
        statement = found.statement
        if statement.actions is None or not all(is_about(statement, a) and reaches(statement, r) for a, r in _POWERS):
            continue
        path = next((path for pattern, path in found.actions() if pattern in ("*", "*:*")), found.at("Action"))
        but = ", under conditions" if statement.conditions else ""
        yield Trouble(path, f"this allows every action on everything{but}", _FIX)


def _check_attachment(attachment: Attachment, _knowledge: Knowledge) -> Iterator[Trouble]:
    if (what := _IN_CLUSTERS.get(attachment.arn)) or attachment.arn.endswith(_CLUSTER_ADMIN):
        yield Trouble((), f"{what or _BY_EKS} allows everything in the cluster", _CLUSTER_FIX)
        return
    owner, _, name = attachment.arn.rpartition("/")
    if name in _MANAGED and owner.endswith(":iam::aws:policy"):
        fix = f"attach a policy of one's own instead: {_FIX}"
        yield Trouble((), f"the managed policy {name} {_MANAGED[name]}", fix)


RULE = Rule(
    "full-privileges", Severity.ERROR, "every action on everything, however it is spelled", _check, _check_attachment
)
