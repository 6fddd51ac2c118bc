"""The embedded AWS for rehearsals of a grant and for the integration tests.

`Sandbox` starts it: ministack (IAM, STS, EKS and more, many accounts and regions) in its own process, and for each
cluster a Kubernetes API that authenticates users as EKS does (`eks_auth`): a real kube-apiserver if KUBEBUILDER_ASSETS
is set (`kube.real`), else a small server (`kube`). `gaps` closes the differences between ministack and AWS in the calls
that leastway makes, one difference in each file. What still differs from AWS:

- Everything is immediately consistent. A key, role or policy works as soon as it is created; on AWS that takes seconds.
  `Control.fail` can simulate the delay: `fail("sts:AssumeRole", "AccessDenied", times=3)`.
- An access key of twelve digits is the root of that account, with any secret; every account exists once it is named.
- Calls are throttled only after `Control.throttle`, and only the quotas of `gaps.iam_limits` apply: there is no limit
  of 3,000 access entries or 100 clusters.
- A request comes from an IP address, never through a VPC endpoint.
- Policies: variables in trust policies are not replaced; service control and resource control policies and the keys
  `iam:PolicyARN`, `iam:PermissionsBoundary` and `sts:SourceIdentity` do not exist; the grammar of conditions is not
  checked. If a boundary or session policy denies a call, the message names an identity policy.
- IAM has about twenty AWS managed policies; ListEntitiesForPolicy and GetAccountAuthorizationDetails return one page.
- STS: a source identity is accepted and ignored.
- EKS: clusters become ACTIVE and updates complete at once. There are no nodes, so creating a node group adds neither a
  role mapping nor an entry (a scenario's clusters have both), and `system:node:{{EC2PrivateDNSName}}` admits nobody;
  deleting a cluster deletes its node groups. UpdateClusterConfig and ListAccessPolicies do not exist. In CONFIG_MAP
  mode a cluster created by CreateCluster has no admin: see `gaps.clusters`.
- `aws eks get-token` signs for the endpoint in AWS_ENDPOINT_URL, not for STS, so its tokens are refused.
- Other services are ministack's own, without Docker: S3 and SQS work, Lambda runs nothing.
"""

from leastway.sandbox.control import Control, JournalEntry
from leastway.sandbox.issuer import Issuer
from leastway.sandbox.sandbox import Sandbox
from leastway.sandbox.scenario import (
    AccountSeed,
    ClusterSeed,
    NodeGroupSeed,
    OperatorSeed,
    PlatformSeed,
    Scenario,
    Seeded,
    SeededKey,
)

__all__ = [
    "AccountSeed",
    "ClusterSeed",
    "Control",
    "Issuer",
    "JournalEntry",
    "NodeGroupSeed",
    "OperatorSeed",
    "PlatformSeed",
    "Sandbox",
    "Scenario",
    "Seeded",
    "SeededKey",
]
