"""The resources of calls as they are the next time, when what was created has identifiers that AWS makes up anew.

1. A call that creates makes the resource types of its action whose ARN it does not show: those that the action must
   have, if there are any, and the type that it has the name of. It may make every type of the service if the
   documentation names none for the action.
2. In a resource of such a type, the segments that look made up become `*`, and those that could be made up where the
   documentation has an identifier (`${ApiId}`). What a person named stays.
3. A resource within a pattern of a call that creates becomes the pattern: the ARN of a secret ends in six characters of
   AWS's choice. A pattern that shows nothing of its type is as no resource, and those for a name with whatever is
   before or behind it (a path, a version) have nothing that AWS made up.
4. A name of IAM without its path (`role/*NAME`) is the one whose ARN another call shows: no two have the same name.

A type that no call created keeps its identifiers: these were given to the runs. Sources: Service Authorization
Reference, "Actions" and "Resource types defined by" each service; IAM User Guide, "IAM identifiers".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from leastway.policy.catalog import Action, ResourceType, load_catalog
from leastway.primitives import Partition

__all__ = ["AND_MORE", "Created"]

AND_MORE: Final = re.compile(
    r"(arn:[^:]+:(?:lambda:[^:]*:[0-9]{12}:function|logs:[^:]*:[0-9]{12}:log-group|sns:[^:]*:[0-9]{12}):[^*?]*[^*?:]):?\*+"
).fullmatch
"""Finds a pattern for a function, log group or topic alone and with more behind a colon: a version, stream or
subscription."""

_CREATES: Final = re.compile(
    r"(?:Allocate|Copy|Create|Import|Provision|Purchase|Register|Request|Restore|Run)(?=[A-Z])|POST\Z"
)
_MADE_UP: Final = re.compile(
    r"[a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{8}|[0-9a-f]{17})"  # EC2, EFS
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}"  # KMS and many others
    r"|[0-9a-f]{16,64}"  # load balancers
    r"|(?=[^0-9]*[0-9])[A-Z][A-Z0-9]{9,31}"  # Route 53, CloudFront
    r"|[a-z]{2}(?:-[a-z]+)+-[0-9]_[A-Za-z0-9]{9}"  # Cognito
)
_IDENTIFIER: Final = re.compile(r"\$\{\w*(?:Id|ID|Uuid|UUID)\}")
_MADE_UP_IN_PLACE: Final = re.compile(r"(?:[a-z]+-)?(?=[^0-9]*[0-9])[a-z0-9]{10,32}")  # AppSync, Amplify, Cloud Map
_MADE_UP_FOR_APIS: Final = re.compile(r"(?=[^0-9]*[0-9])[a-z0-9]{6,10}")
_SEGMENT: Final = re.compile(r"[^:/]+")
_IN_PATH: Final = re.compile(r"(arn:[^:]+:iam::[0-9]{12}:[a-z-]+/)(?:[^*?]+/)?([^*?/]+)").fullmatch
_OF_IAM: Final = tuple(f"arn:{partition}:iam:" for partition in Partition)
_WILD: Final = re.compile(r"(?<!\$\{)[*?]").search


@dataclass(frozen=True, slots=True)
class Created:
    """What calls created without saying its ARN: types, by service and name, and patterns.

    `named` has the ARN that calls showed for what others name without its path.
    """

    types: frozenset[tuple[str, str]]
    patterns: tuple[str, ...]
    named: Mapping[str, str]

    @classmethod
    def by(cls, calls: Iterable[Iterable[tuple[str, str]]]) -> Created:
        """Return what calls created; each call is its accesses, an action with its resource or an empty one."""
        types: set[tuple[str, str]] = set()
        patterns: dict[str, None] = {}
        named: dict[str, str] = {}
        for accesses in calls:
            shown: dict[str, list[str]] = {}
            for name, resource in accesses:
                shown.setdefault(name, []).append(resource)
                if (in_path := _IN_PATH(resource)) is not None:
                    named[f"{in_path[1]}*{in_path[2]}"] = resource
            for name, resources in shown.items():
                action = load_catalog().find_action(name)
                if action is not None and _CREATES.match(action.name) and "Tagging" not in action.access_level:
                    types |= _made(action, resources)
                    patterns.update(dict.fromkeys(each for each in resources if _has_made_up(action, each)))
        return cls(frozenset(types), tuple(patterns), named)

    def in_general(self, action: str, resource: str) -> str:
        """Return a resource of an action as it is for whatever is created next."""
        if resource in self.named:
            return self.named[resource]
        for pattern in self.patterns:
            if fnmatchcase(resource.removesuffix("*"), pattern.replace("[", "[[]")):
                return pattern
        kind = _kind_of(action, resource)
        if kind is None or (kind.service, kind.name) not in self.types:
            return resource
        made_up = _MADE_UP_FOR_APIS if kind.service == "apigateway" else _MADE_UP
        head, tail = resource.split(":")[:5], _within_type(resource)
        places = iter(_places(kind.service, resource))

        def changed(found: re.Match[str]) -> str:
            is_identifier = _IDENTIFIER.fullmatch(next(places, "")) is not None
            is_made_up = made_up.fullmatch(found[0]) or (is_identifier and _MADE_UP_IN_PLACE.fullmatch(found[0]))
            return "*" if is_made_up else found[0]

        return ":".join([*head, _SEGMENT.sub(changed, tail)])


def _places(service: str, resource: str) -> list[str]:
    """Return what the documentation has in the place of each segment of a resource; nothing if that is not known."""
    closest = _closest(service, resource)
    found = _SEGMENT.findall(_within_type(closest.arn)) if closest is not None else []
    return found if len(found) == len(_SEGMENT.findall(_within_type(resource))) else []


def _kind_of(action: str, resource: str) -> ResourceType | None:
    """Return the type of a resource: one of the action's, or else one of the service's."""
    catalog = load_catalog()
    known = catalog.find_action(action)
    if known is None:
        return None
    return catalog.resource_type_of(known, resource) or _closest(known.service, resource)


def _closest(service: str, resource: str) -> ResourceType | None:
    """Return the most specific type of a service that a resource could be of."""
    matching = (each for each in load_catalog().resource_types_of(service) if each.matches(resource))
    return max(matching, key=lambda each: each.literal_length, default=None)


def _made(action: Action, resources: Iterable[str]) -> set[tuple[str, str]]:
    """Return the types of the action that its resources in a call do not show, by service and name."""
    catalog = load_catalog()
    if not action.resources or action.name == "POST":  # API Gateway's POST is on what contains the new one
        return {(each.service, each.name) for each in catalog.resource_types_of(action.service)}
    kinds = [
        (each, kind) for each in resources if each and (kind := catalog.resource_type_of(action, each)) is not None
    ]
    shown = {kind.name for each, kind in kinds if _within_type(each) != _within_type(kind.arn_glob)}
    is_needed = any(each.required for each in action.resources)
    names = {each.name for each in action.resources if each.required or not is_needed}
    named = _CREATES.sub("", action.name, count=1).lower()
    alike = [each for each in catalog.resource_types_of(action.service) if _named(each).endswith(named)]
    types = [each for each in catalog.resource_types(action) if each.name in names]
    types += [each for each in alike if _named(each) == named] or alike
    return {(each.service, each.name) for each in types if each.name not in shown}


def _named(kind: ResourceType) -> str:
    """Return the name of a type as those of actions have it: `listener` for `listener/app`."""
    return kind.name.partition("/")[0].replace("-", "").lower()


def _has_made_up(action: Action, resource: str) -> bool:
    """Whether a resource is a pattern for what AWS makes up, and shows something of what was asked for."""
    if not _WILD(resource) or resource == "*" or AND_MORE(resource) is not None or resource.startswith(_OF_IAM):
        return False
    kind = load_catalog().resource_type_of(action, resource)
    return kind is None or _within_type(resource) != _within_type(kind.arn_glob)


def _within_type(arn: str) -> str:
    """Return an ARN without its partition, region and account."""
    return ":".join(arn.split(":")[5:])
