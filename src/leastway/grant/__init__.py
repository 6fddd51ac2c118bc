"""The grant: the document that defines what a platform may do in which accounts and clusters.

`load_grant` reads it, together with the files that it names, into a frozen `Grant`, or raises a GrantError that has
every problem. Nothing here calls AWS or a cluster.
"""

from leastway.grant.external_id import new_external_id, weak_spot, why_guessable
from leastway.grant.external_id_form import ExternalIdForm
from leastway.grant.load import FileClaim, claim_of_file, load_definition, load_for, load_grant
from leastway.grant.model import (
    Access,
    AccessPolicyName,
    Account,
    Ambient,
    AssumeRole,
    AwsManagedPolicy,
    AwsProfile,
    Cluster,
    Grant,
    GroupAccess,
    Identity,
    PolicyAccess,
    PolicyFile,
    Profile,
    RulesFile,
    Tag,
    TerraformRole,
)
from leastway.grant.problem import GrantError, Problem, counted, rendered
from leastway.grant.profile import (
    ProfileChange,
    UnknownProfileError,
    bundled_profiles,
    diff_profiles,
    find_profile,
    load_profile,
)
from leastway.grant.profile_reference import (
    named_profile,
    profile_digest,
    profile_effects,
    profile_name,
    profile_reasons,
)
from leastway.grant.purpose import Purpose
from leastway.grant.subjects import Oidc, is_pattern
from leastway.grant.values.external_id import is_external_id

__all__ = [
    "Access",
    "AccessPolicyName",
    "Account",
    "Ambient",
    "AssumeRole",
    "AwsManagedPolicy",
    "AwsProfile",
    "Cluster",
    "ExternalIdForm",
    "FileClaim",
    "Grant",
    "GrantError",
    "GroupAccess",
    "Identity",
    "Oidc",
    "PolicyAccess",
    "PolicyFile",
    "Problem",
    "Profile",
    "ProfileChange",
    "Purpose",
    "RulesFile",
    "Tag",
    "TerraformRole",
    "UnknownProfileError",
    "bundled_profiles",
    "claim_of_file",
    "counted",
    "diff_profiles",
    "find_profile",
    "is_external_id",
    "is_pattern",
    "load_definition",
    "load_for",
    "load_grant",
    "load_profile",
    "named_profile",
    "new_external_id",
    "profile_digest",
    "profile_effects",
    "profile_name",
    "profile_reasons",
    "rendered",
    "weak_spot",
    "why_guessable",
]
