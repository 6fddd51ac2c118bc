"""The condition keys that all services share: their types, and which of them are in every request.

Source: IAM User Guide, "AWS global condition context keys", with the cross-service keys of "Properties of a role
session", which begin with a service's name but are sent with requests to any service. The tag keys are included,
although their presence depends on action and resource.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.policy.model.operator import OperatorFamily

__all__ = ["GLOBAL_KEYS", "GlobalKey", "Presence", "find_global_key"]


class Presence(enum.Enum):
    """How certain it is that a request has a key."""

    ALWAYS = enum.auto()
    """In every request."""
    SIGNED = enum.auto()
    """In every request that is not anonymous."""
    SOMETIMES = enum.auto()
    """Depends on the principal, the network path or the resource."""


@dataclass(frozen=True, slots=True)
class GlobalKey:
    """A global condition key. The name ends with a slash if a tag's key follows."""

    name: str
    family: OperatorFamily
    presence: Presence = Presence.SOMETIMES
    multivalued: bool = False


_STRING, _ARN, _BOOL = OperatorFamily.STRING, OperatorFamily.ARN, OperatorFamily.BOOL
_DATE, _IP, _NUMERIC = OperatorFamily.DATE, OperatorFamily.IP, OperatorFamily.NUMERIC
_ALWAYS, _SIGNED, _SOMETIMES = Presence.ALWAYS, Presence.SIGNED, Presence.SOMETIMES

_KEYS = (
    GlobalKey("aws:AssumedRoot", _BOOL),
    GlobalKey("aws:CalledVia", _STRING, multivalued=True),
    GlobalKey("aws:CalledViaAWSMCP", _STRING),
    GlobalKey("aws:CalledViaFirst", _STRING),
    GlobalKey("aws:CalledViaLast", _STRING),
    GlobalKey("aws:ChatbotSourceArn", _ARN),
    GlobalKey("aws:CurrentTime", _DATE, _ALWAYS),
    GlobalKey("aws:Ec2InstanceSourcePrivateIPv4", _IP),
    GlobalKey("aws:Ec2InstanceSourceVpc", _STRING),
    GlobalKey("aws:EpochTime", _DATE, _ALWAYS),
    GlobalKey("aws:FederatedProvider", _STRING),
    GlobalKey("aws:IsMcpServiceAction", _BOOL),
    GlobalKey("aws:MultiFactorAuthAge", _NUMERIC),
    GlobalKey("aws:MultiFactorAuthPresent", _BOOL),
    GlobalKey("aws:PrincipalAccount", _STRING, _ALWAYS),
    GlobalKey("aws:PrincipalArn", _ARN, _SIGNED),
    GlobalKey("aws:PrincipalIsAWSService", _BOOL, _SIGNED),
    GlobalKey("aws:PrincipalOrgID", _STRING),
    GlobalKey("aws:PrincipalOrgPaths", _STRING, multivalued=True),
    GlobalKey("aws:PrincipalServiceName", _STRING),
    GlobalKey("aws:PrincipalServiceNamesList", _STRING, multivalued=True),
    GlobalKey("aws:PrincipalTag/", _STRING),
    GlobalKey("aws:PrincipalType", _STRING, _ALWAYS),
    GlobalKey("aws:Referer", _STRING),
    GlobalKey("aws:RequestTag/", _STRING),
    GlobalKey("aws:RequestedRegion", _STRING, _ALWAYS),
    GlobalKey("aws:ResourceAccount", _STRING),
    GlobalKey("aws:ResourceOrgID", _STRING),
    GlobalKey("aws:ResourceOrgPaths", _STRING, multivalued=True),
    GlobalKey("aws:ResourceTag/", _STRING),
    GlobalKey("aws:SecureTransport", _BOOL, _ALWAYS),
    GlobalKey("aws:SignInSessionArn", _ARN),
    GlobalKey("aws:SourceAccount", _STRING),
    GlobalKey("aws:SourceArn", _ARN),
    GlobalKey("aws:SourceIdentity", _STRING),
    GlobalKey("aws:SourceIp", _IP),
    GlobalKey("aws:SourceOrgID", _STRING),
    GlobalKey("aws:SourceOrgPaths", _STRING, multivalued=True),
    GlobalKey("aws:SourceVpc", _STRING),
    GlobalKey("aws:SourceVpcArn", _ARN),
    GlobalKey("aws:SourceVpce", _STRING),
    GlobalKey("aws:TagKeys", _STRING, multivalued=True),
    GlobalKey("aws:TokenIssueTime", _DATE),
    GlobalKey("aws:UserAgent", _STRING, _ALWAYS),
    GlobalKey("aws:UserId", _STRING, _ALWAYS),
    GlobalKey("aws:Username", _STRING),
    GlobalKey("aws:ViaAWSMCPService", _BOOL),
    GlobalKey("aws:ViaAWSService", _BOOL, _ALWAYS),
    GlobalKey("aws:VpcSourceIp", _IP),
    GlobalKey("aws:VpceAccount", _STRING),
    GlobalKey("aws:VpceOrgID", _STRING),
    GlobalKey("aws:VpceOrgPaths", _STRING, multivalued=True),
    GlobalKey("codebuild:BuildArn", _ARN),
    GlobalKey("codebuild:ProjectArn", _ARN),
    GlobalKey("ec2:RoleDelivery", _NUMERIC),
    GlobalKey("ec2:SourceInstanceArn", _ARN),
    GlobalKey("glue:CredentialIssuingService", _STRING),
    GlobalKey("glue:RoleAssumedBy", _STRING),
    GlobalKey("identitystore:UserId", _STRING),
    GlobalKey("lambda:SourceFunctionArn", _ARN),
    GlobalKey("ssm:SourceInstanceArn", _ARN),
)

GLOBAL_KEYS = {key.name.lower(): key for key in _KEYS}
"""The global keys by their name in lower case."""


def find_global_key(key: str) -> GlobalKey | None:
    """Return the global key with the name `key`, in any case; `aws:ResourceTag/x` is found as `aws:resourcetag/`."""
    prefix, slash, _ = key.lower().partition("/")
    return GLOBAL_KEYS.get(prefix + slash)
