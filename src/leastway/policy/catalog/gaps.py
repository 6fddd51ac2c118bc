"""What the catalog does not list, although there may be such: types of resource.

The Service Authorization Reference says that a resource in a statement must be of a type that is listed for the action.
Of an ARN of the same service whose type the reference does not know at all, such as CloudFormation's `transform/*`
for CreateChangeSet, it says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.policy.catalog.catalog import Catalog
    from leastway.policy.catalog.entries import Action

__all__ = ["is_of_unknown_type"]


def is_of_unknown_type(catalog: Catalog, action: Action, overlaps: Callable[[str], bool]) -> bool:
    """Whether a resource of a policy is one of the action's service, and of no type that the catalog has for it.

    `overlaps` says whether the resource may be one that an ARN pattern means.
    """
    if not overlaps(f"arn:*:{action.service}:*:*:*"):
        return False
    return not any(overlaps(found.arn_glob) for found in catalog.resource_types_of(action.service))
