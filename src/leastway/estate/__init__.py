"""The estate of a grant: all objects that must exist, as frozen values with an address.

It also has what is observed of live objects. How objects are created and read is not described here."""

from leastway.estate.address import Address, Kind, Place, Realm
from leastway.estate.egress import addresses_of, deny_outside, same_callers, with_addresses
from leastway.estate.eks import AccessEntry, AccessPolicy, AuthMode, ClusterTag, NodegroupTag
from leastway.estate.external_id import (
    AskedIds,
    ExternalIds,
    RoleIds,
    RoleKey,
    Stage,
    asked_ids,
    external_id_in,
    role_address,
)
from leastway.estate.iam import AccessKey, ManagedPolicy, Role, User, policies_of
from leastway.estate.identity_provider import IdentityProvider, is_identity_provider
from leastway.estate.kubernetes import AwsAuthMapping, RbacBinding, RbacRole
from leastway.estate.manifest import manifest
from leastway.estate.marks import (
    ANNOTATION_PREFIX,
    GRANT_LABEL,
    GRANT_TAG,
    PRINCIPAL_ID_TAG,
    annotation_key,
    arns_text,
    key_mark,
    mark_labels,
    mark_tags,
)
from leastway.estate.named import named_by, sessions_of, weight_of
from leastway.estate.note import Note
from leastway.estate.object import Estate, EstateObject
from leastway.estate.observed import ClusterFacts, Mark, Observed, Obstacle, Owner, Unreadable, Use
from leastway.estate.revocation import (
    REVOCATION_POLICY,
    OldSessionsMark,
    RevokedMark,
    closed_trust,
    deny_everything,
    deny_old_sessions,
    is_closed,
    mark_in,
    opened_trust,
    revocation_of,
    without_closing,
)
from leastway.estate.sighting import Group, OtherAccess, Sighting, TrustingRole, Watch, Way, Weight

__all__ = [
    "ANNOTATION_PREFIX",
    "GRANT_LABEL",
    "GRANT_TAG",
    "PRINCIPAL_ID_TAG",
    "REVOCATION_POLICY",
    "AccessEntry",
    "AccessKey",
    "AccessPolicy",
    "Address",
    "AskedIds",
    "AuthMode",
    "AwsAuthMapping",
    "ClusterFacts",
    "ClusterTag",
    "Estate",
    "EstateObject",
    "ExternalIds",
    "Group",
    "IdentityProvider",
    "Kind",
    "ManagedPolicy",
    "Mark",
    "NodegroupTag",
    "Note",
    "Observed",
    "Obstacle",
    "OldSessionsMark",
    "OtherAccess",
    "Owner",
    "Place",
    "RbacBinding",
    "RbacRole",
    "Realm",
    "RevokedMark",
    "Role",
    "RoleIds",
    "RoleKey",
    "Sighting",
    "Stage",
    "TrustingRole",
    "Unreadable",
    "Use",
    "User",
    "Watch",
    "Way",
    "Weight",
    "addresses_of",
    "annotation_key",
    "arns_text",
    "asked_ids",
    "closed_trust",
    "deny_everything",
    "deny_old_sessions",
    "deny_outside",
    "external_id_in",
    "is_closed",
    "is_identity_provider",
    "key_mark",
    "manifest",
    "mark_in",
    "mark_labels",
    "mark_tags",
    "named_by",
    "opened_trust",
    "policies_of",
    "revocation_of",
    "role_address",
    "same_callers",
    "sessions_of",
    "weight_of",
    "with_addresses",
    "without_closing",
]
