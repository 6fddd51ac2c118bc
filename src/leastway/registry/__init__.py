"""What a platform stores: cloud accounts, resource definitions, criteria, placeholders, applications and agents.

The terms are Humanitec's. This package is pure: it reads no files and calls no API. `grant` reads files with
definitions, and `export` writes request bodies; `resolve` matches criteria and resolves placeholders.
"""

from leastway.registry.account import CloudAccount, PlatformSecret
from leastway.registry.account_type import (
    ACCOUNT_TYPES,
    AccountCredentials,
    AccountType,
    KeyCredentials,
    RoleCredentials,
    is_role_within,
    read_account_credentials,
)
from leastway.registry.active_resource import ActiveResource, ActiveResourceStatus, DependencyGraph
from leastway.registry.agent import Agent, AgentKey, OrganizationKey, expiry_of_key
from leastway.registry.application import FIRST_ENVIRONMENT_TYPE, Application, Environment, EnvironmentType
from leastway.registry.bucket_name import is_bucket_field, why_not_a_bucket_name
from leastway.registry.built_in_drivers import BUILT_IN_DRIVERS, decoded_inputs
from leastway.registry.built_in_types import BUILT_IN_TYPES
from leastway.registry.criterion import Criterion
from leastway.registry.definition import Registrations, ResourceDefinition
from leastway.registry.definition_check import (
    DefinitionCheck,
    assumed_roles,
    check_definition,
    is_credentials_file,
    written_texts,
)
from leastway.registry.definition_version import (
    CoProvision,
    DefinitionVersion,
    DriverInputs,
    StoredCriterion,
    StoredDefinition,
    VersionAction,
)
from leastway.registry.deployment import (
    DeployedObject,
    Deployment,
    DeploymentError,
    DeploymentNode,
    DeploymentPhase,
    DeploymentStatus,
    NodeStatus,
)
from leastway.registry.deployment_set import (
    DEFAULT_PROFILE,
    EMPTY_DELTA,
    EMPTY_SET,
    MOST_STEPS,
    Delta,
    DeploymentSet,
    StoredDelta,
    combined,
    delta_between,
    read_delta,
    stored_delta,
)
from leastway.registry.drivers import CLUSTER_TYPE, EKS, NATIVE_DRIVERS, TERRAFORM, eks_inputs
from leastway.registry.git_source import GitCredential, GitSource, is_folder, is_https, is_revision, is_ssh
from leastway.registry.identifier import ID_SHAPE, TYPE_SHAPE, identifier_of, is_identifier, is_type
from leastway.registry.placeholder import (
    CONTEXT_PATHS,
    SET_REFERENCE,
    AttributeReference,
    ContextReference,
    OutputReference,
    Placeholder,
    Reference,
    SelectorReference,
    keeps_type,
    parse_placeholders,
    steps_of,
    why_not_valid,
)
from leastway.registry.placeholder_text import find_placeholder_text, is_placeholder_name, is_placeholder_text
from leastway.registry.resource_account import ResourceAccount
from leastway.registry.resource_key import ResourceKey
from leastway.registry.resource_type import (
    DEFAULT_CLASS,
    ResourceClass,
    ResourceDriver,
    ResourceType,
    is_secret_output,
)
from leastway.registry.run import LINES_AT_ONCE, Run, RunAction, RunCall, RunCredentials, RunLine, RunPhase, RunStatus
from leastway.registry.secret_refs import (
    OWN_STORE,
    as_secret_refs,
    is_secret_ref,
    merge_patch,
    split_secret_refs,
    written_secret_refs,
)
from leastway.registry.secret_text import SecretMatch, find_secrets, mask
from leastway.registry.terraform import HandedKeys, KeyVariables, TerraformDefinition, TerraformInputs, terraform_inputs

__all__ = [
    "ACCOUNT_TYPES",
    "BUILT_IN_DRIVERS",
    "BUILT_IN_TYPES",
    "CLUSTER_TYPE",
    "CONTEXT_PATHS",
    "DEFAULT_CLASS",
    "DEFAULT_PROFILE",
    "EKS",
    "EMPTY_DELTA",
    "EMPTY_SET",
    "FIRST_ENVIRONMENT_TYPE",
    "ID_SHAPE",
    "LINES_AT_ONCE",
    "MOST_STEPS",
    "NATIVE_DRIVERS",
    "OWN_STORE",
    "SET_REFERENCE",
    "TERRAFORM",
    "TYPE_SHAPE",
    "AccountCredentials",
    "AccountType",
    "ActiveResource",
    "ActiveResourceStatus",
    "Agent",
    "AgentKey",
    "Application",
    "AttributeReference",
    "CloudAccount",
    "CoProvision",
    "ContextReference",
    "Criterion",
    "DefinitionCheck",
    "DefinitionVersion",
    "Delta",
    "DependencyGraph",
    "DeployedObject",
    "Deployment",
    "DeploymentError",
    "DeploymentNode",
    "DeploymentPhase",
    "DeploymentSet",
    "DeploymentStatus",
    "DriverInputs",
    "Environment",
    "EnvironmentType",
    "GitCredential",
    "GitSource",
    "HandedKeys",
    "KeyCredentials",
    "KeyVariables",
    "NodeStatus",
    "OrganizationKey",
    "OutputReference",
    "Placeholder",
    "PlatformSecret",
    "Reference",
    "Registrations",
    "ResourceAccount",
    "ResourceClass",
    "ResourceDefinition",
    "ResourceDriver",
    "ResourceKey",
    "ResourceType",
    "RoleCredentials",
    "Run",
    "RunAction",
    "RunCall",
    "RunCredentials",
    "RunLine",
    "RunPhase",
    "RunStatus",
    "SecretMatch",
    "SelectorReference",
    "StoredCriterion",
    "StoredDefinition",
    "StoredDelta",
    "TerraformDefinition",
    "TerraformInputs",
    "VersionAction",
    "as_secret_refs",
    "assumed_roles",
    "check_definition",
    "combined",
    "decoded_inputs",
    "delta_between",
    "eks_inputs",
    "expiry_of_key",
    "find_placeholder_text",
    "find_secrets",
    "identifier_of",
    "is_bucket_field",
    "is_credentials_file",
    "is_folder",
    "is_https",
    "is_identifier",
    "is_placeholder_name",
    "is_placeholder_text",
    "is_revision",
    "is_role_within",
    "is_secret_output",
    "is_secret_ref",
    "is_ssh",
    "is_type",
    "keeps_type",
    "mask",
    "merge_patch",
    "parse_placeholders",
    "read_account_credentials",
    "read_delta",
    "split_secret_refs",
    "steps_of",
    "stored_delta",
    "terraform_inputs",
    "why_not_a_bucket_name",
    "why_not_valid",
    "written_secret_refs",
    "written_texts",
]
