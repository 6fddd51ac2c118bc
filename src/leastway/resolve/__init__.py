"""Which definition each resource of an environment gets, why, and with which inputs: pure, and nothing is created.

`resolve` takes the definitions of an organization, a context and the requested resources, and returns a Resolution:
resources in an order in which they can be provisioned. `DefinitionIndex` matches criteria. Where definitions and
requests come from is not known here; `app` and `service` read them.
"""

from leastway.resolve.context import DeploymentContext, Outputs, RequestedResource
from leastway.resolve.definition import DefinitionLookup, DefinitionsRead, ResolvableDefinition
from leastway.resolve.graph import IMPLICIT, WORKLOAD
from leastway.resolve.matching import (
    PRECEDENCE,
    DefinitionIndex,
    MatchingRule,
    SettledIndex,
    why_it_lost,
    why_no_match,
)
from leastway.resolve.reading import read_definition_body, read_request, read_secret_refs
from leastway.resolve.resolving import Resolution, ResolvedResource, resolve
from leastway.resolve.shown import as_json, dependency_nodes
from leastway.resolve.values import MASKED, HiddenText, UnknownValue, outlined, shown_value, unknowns_in

__all__ = [
    "IMPLICIT",
    "MASKED",
    "PRECEDENCE",
    "WORKLOAD",
    "DefinitionIndex",
    "DefinitionLookup",
    "DefinitionsRead",
    "DeploymentContext",
    "HiddenText",
    "MatchingRule",
    "Outputs",
    "RequestedResource",
    "Resolution",
    "ResolvableDefinition",
    "ResolvedResource",
    "SettledIndex",
    "UnknownValue",
    "as_json",
    "dependency_nodes",
    "outlined",
    "read_definition_body",
    "read_request",
    "read_secret_refs",
    "resolve",
    "shown_value",
    "unknowns_in",
    "why_it_lost",
    "why_no_match",
]
