"""Authentication: from an EKS token to a Kubernetes user.

 1. The token is parsed and its form checked (`token`).
 2. STS identifies the signer, and refuses a token for another cluster or with an inactive key.
 3. Access entries are searched, unless the mode is CONFIG_MAP. An entry is found by the principal's unique id, and its
    ARN, without a role's path, must be the caller's: a role recreated under the same ARN has no entry.
 4. If no entry was found, aws-auth is searched, unless the mode is API.
 5. The templates in the username and groups are filled in.
Source: sigs.k8s.io/aws-iam-authenticator, packages server, mapper/dynamicfile and mapper/configmap.

Principals are compared as in its package arn: a role session becomes its role, without the path, which STS omits; users
keep their path; case is ignored. An unknown partition has no principals.
`{{EC2PrivateDNSName}}` has no value here, because there is no EC2: a user whose mapping needs it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from leastway.errors import InvalidInputError
from leastway.ports import CallerIdentity
from leastway.primitives import Arn, Partition, SystemClock
from leastway.sandbox.eks_auth.aws_auth import parse_aws_auth
from leastway.sandbox.eks_auth.token import PresignedCall, parse_token
from leastway.sandbox.kube.outside import AccessPolicyGrant, ConfigMapReader, KubeUser
from leastway.sandbox.scenario import Mode

__all__ = ["EksAccessEntry", "EksAuthenticator", "EksDirectory", "canonical", "without_role_path"]


@dataclass(frozen=True, slots=True)
class EksAccessEntry:
    """An access entry with its associated policies."""

    principal_arn: str
    """The user's or role's ARN, with its path."""
    unique_id: str
    """The principal's `AIDA...` or `AROA...` id when the entry was created: a recreated role has another id."""
    username: str
    """As in DescribeAccessEntry; templates such as `{{SessionName}}` are not filled in yet."""
    groups: tuple[str, ...] = ()
    access_policies: tuple[AccessPolicyGrant, ...] = ()


class EksDirectory(Protocol):
    """The embedded AWS as one cluster sees it."""

    def access(self) -> tuple[Mode, Sequence[EksAccessEntry]]:
        """Return the cluster's current authentication mode and access entries."""
        ...

    async def caller_identity(self, call: PresignedCall) -> CallerIdentity | None:
        """Send the presigned GetCallerIdentity to STS; None if STS refuses it."""
        ...


class EksAuthenticator:
    """Authenticates users of one cluster by tokens that are signed for its name. Caches nothing."""

    def __init__(
        self,
        cluster: str,
        directory: EksDirectory,
        config_map: ConfigMapReader,
        partition: Partition = Partition.AWS,
    ) -> None:
        self._cluster = cluster
        self._directory = directory
        self._config_map = config_map
        self._partition = partition

    async def authenticate(self, token: str) -> KubeUser | None:
        """Return the user of `token`, or None if it is refused."""
        # 1.
        call = parse_token(token, self._cluster, SystemClock(), self._partition)
        if call is None:
            return None
        # 2.
        caller = await self._directory.caller_identity(call)
        arn = canonical(caller.arn) if caller else None
        if caller is None or arn is None:
            return None
        mapped = await self._map(caller, arn)
        if mapped is None:
            return None
        # 5.
        username, groups, policies = mapped
        filled = [_fill(each, caller, call.access_key_id) for each in (username, *groups)]
        if any(each is None for each in filled):
            return None
        names = [each or "" for each in filled]
        unique_id = caller.user_id.partition(":")[0]
        return KubeUser(names[0], f"aws-iam-authenticator:{caller.account}:{unique_id}", tuple(names[1:]), policies)

    async def _map(
        self, caller: CallerIdentity, arn: str
    ) -> tuple[str, tuple[str, ...], tuple[AccessPolicyGrant, ...]] | None:
        mode, entries = self._directory.access()
        # 3.
        if mode != "CONFIG_MAP":
            unique_id = caller.user_id.partition(":")[0]
            for entry in entries:
                same = without_role_path(entry.principal_arn).lower() == without_role_path(arn).lower()
                if same and entry.unique_id == unique_id:
                    return entry.username, entry.groups, entry.access_policies
        # 4.
        if mode != "API":
            data = await self._config_map("kube-system", "aws-auth")
            aws_auth = parse_aws_auth(data or {})
            if mapping := aws_auth.find(arn):
                return mapping.username, mapping.groups, ()
            if caller.account in aws_auth.accounts:
                return arn, (), ()
        return None


def _fill(template: str, caller: CallerIdentity, access_key_id: str) -> str | None:
    if "{{EC2PrivateDNSName}}" in template:
        return None
    session = caller.user_id.partition(":")[2]
    values = {
        "{{AccountID}}": caller.account,
        "{{SessionName}}": session.replace("@", "-"),
        "{{SessionNameRaw}}": session,
        "{{AccessKeyID}}": access_key_id,
    }
    for name, value in values.items():
        template = template.replace(name, value)
    return template


def canonical(caller_arn: str) -> str | None:
    """Return the IAM ARN of a caller, the role's ARN for a session; None if it is not an IAM principal."""
    try:
        arn = Arn.parse(caller_arn)
    except InvalidInputError:
        return None
    if arn.partition not in set(Partition):
        return None
    parts = arn.resource.split("/")
    match arn.service, parts[0]:
        case "sts", "assumed-role" if len(parts) >= 3:
            role = "/".join(parts[1:-1])
            return str(Arn(arn.partition, "iam", "", arn.account, f"role/{role}"))
        case ("sts", "federated-user") | ("iam", "role" | "user" | "root"):
            return caller_arn
        case _:
            return None


def without_role_path(principal_arn: str) -> str:
    """Return a role's ARN without its path, and any other ARN unchanged."""
    try:
        arn = Arn.parse(principal_arn)
    except InvalidInputError:
        return principal_arn
    return str(arn.without_path()) if arn.resource_type == "role" else principal_arn
