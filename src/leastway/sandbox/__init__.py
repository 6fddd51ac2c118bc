"""The embedded AWS that a grant is rehearsed on and that the integration tests run against.

`Sandbox` starts it: ministack (IAM, STS, EKS and more, many accounts and regions) in a process of its own, and behind
each cluster a Kubernetes that knows its users as EKS does (`eks_auth`): a real one where KUBEBUILDER_ASSETS names it
(`kube.real`), else a small one (`kube`). Where ministack differs from AWS
in what leastway calls, `gaps` makes it the same, one difference a file. What still differs:

- Nothing is late. A key, a role or a policy works the moment it is made; on AWS that takes seconds. `Control.fail`
  stands in: `fail("sts:AssumeRole", "AccessDenied", times=3)`.
- Twelve digits as an access key are that account's root, whatever the secret; any account exists that is named.
- Nothing is throttled unless `Control.throttle` says so, and of the quotas only those of `gaps.iam_quotas` hold: no
  3,000 access entries, no 100 clusters.
- A request comes from an address, never through a VPC endpoint.
- Policies: variables are not filled in in trust policies; service control and resource control policies, and the keys
  `iam:PolicyARN`, `iam:PermissionsBoundary` and `sts:SourceIdentity` are not there; what the grammar of a condition
  allows is not checked. A refusal by a boundary or a session policy says that an identity policy did it.
- IAM knows some twenty policies of AWS; ListEntitiesForPolicy and GetAccountAuthorizationDetails come in one page.
- STS: a source identity is accepted and forgotten.
- EKS: a cluster is ACTIVE and an update done at once; there are no nodes, so making a node group maps no role and
  makes no entry (a scenario's clusters have both), and `system:node:{{EC2PrivateDNSName}}` lets nobody in; deleting a
  cluster deletes its node groups. There is no UpdateClusterConfig and no ListAccessPolicies. In CONFIG_MAP
  mode a cluster made by CreateCluster has no admin: see `gaps.cluster_creator`.
- `aws eks get-token` signs for the endpoint that AWS_ENDPOINT_URL names, not for STS, and such a token is refused.
- Other services are ministack's as they are, without Docker: S3 and SQS answer, Lambda runs nothing.
"""

from leastway.sandbox.control import Control, JournalEntry
from leastway.sandbox.sandbox import Sandbox
from leastway.sandbox.scenario import (
    AccountSeed,
    ClusterSeed,
    NodeGroupSeed,
    PlatformSeed,
    Scenario,
    Seeded,
    SeededKey,
)

__all__ = [
    "AccountSeed",
    "ClusterSeed",
    "Control",
    "JournalEntry",
    "NodeGroupSeed",
    "PlatformSeed",
    "Sandbox",
    "Scenario",
    "Seeded",
    "SeededKey",
]
