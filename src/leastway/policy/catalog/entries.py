"""The entries of the catalog: actions, resource types, condition keys."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leastway.policy.model.operator import OperatorFamily
from leastway.policy.wildcards import Globs, tokens_of

__all__ = ["Action", "ActionResource", "ConditionKey", "ResourceType", "glob_of", "is_tag_of_resource"]

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")
_TAG_KEY = re.compile(r"(?<=tag/)(?:tag-key)?$", re.IGNORECASE)
"""The tag key in the name of a condition key: some services write `tag-key`, others omit it."""
_TAGS_OF_OTHERS = frozenset(
    {"principaltag", "requesttag", "req-tag", "requestobjecttag", "createdresourcetag", "searchtag"}
)
"""Tags of the caller, or tags in the request: not tags that a resource already has."""
_FAMILIES = {
    "String": OperatorFamily.STRING,
    "ARN": OperatorFamily.ARN,
    "Bool": OperatorFamily.BOOL,
    "Date": OperatorFamily.DATE,
    "IPAddress": OperatorFamily.IP,
    "Numeric": OperatorFamily.NUMERIC,
}


def glob_of(text: str) -> str:
    """Return `text` with `*` for each `${Placeholder}` or `<placeholder>`, and for the placeholder of a tag's key."""
    return _TAG_KEY.sub("*", _PLACEHOLDER.sub("*", text))


def is_tag_of_resource(key: str) -> bool:
    """Whether the condition key `key` is about a tag of an existing resource.

    That is `aws:ResourceTag/NAME`, or a service's own name for it: `s3:ExistingObjectTag/NAME`, `rds:db-tag/NAME`.
    """
    name, slash, _ = key.lower().partition("/")
    return bool(slash) and name.endswith("tag") and name.partition(":")[2] not in _TAGS_OF_OTHERS


@dataclass(frozen=True, slots=True)
class ActionResource:
    """A resource type of an action, and the condition keys that it adds for this action."""

    name: str
    required: bool
    condition_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action; its name as documented, without the service."""

    service: str
    name: str
    access_level: str
    """List, Read, Write, Tagging or Permissions management."""
    resources: tuple[ActionResource, ...]
    """Empty if the documentation names no resource for the action."""
    condition_keys: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """The action as policies write it: `eks:DescribeCluster`."""
        return f"{self.service}:{self.name}"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type of a service; `arn` contains `${Placeholder}`s."""

    service: str
    name: str
    arn: str
    condition_keys: tuple[str, ...]

    @property
    def arn_glob(self) -> str:
        """The ARN with `*` for each placeholder."""
        return glob_of(self.arn)

    @property
    def literal_length(self) -> int:
        """How much of the ARN is fixed: of two types that match an ARN, the one with more is more specific."""
        return len(self.arn_glob.replace("*", ""))

    def matches(self, arn: str) -> bool:
        """Whether `arn` could be a resource of this type."""
        return Globs.compile([tokens_of(self.arn_glob)], segmented=True).matcher()(arn)


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """A condition key of a service; `key` may have a placeholder, such as `aws:ResourceTag/${TagKey}`."""

    key: str
    type: str
    """As documented: String, ArrayOfString, ARN, Bool, Date, IPAddress, Numeric, ..."""

    @property
    def multivalued(self) -> bool:
        """Whether a request may have several values. Source: "Single-valued vs. multivalued context keys"."""
        return self.type.startswith("ArrayOf")

    @property
    def family(self) -> OperatorFamily:
        """The family of operators that reads its values."""
        return _FAMILIES.get(self.type.removeprefix("ArrayOf"), OperatorFamily.STRING)
