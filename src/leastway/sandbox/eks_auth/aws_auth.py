"""The aws-auth ConfigMap, read as the EKS authenticator reads it, mistakes included.

Source: sigs.k8s.io/aws-iam-authenticator, packages mapper/configmap and config.
- The keys are exactly `mapRoles`, `mapUsers`, `mapAccounts`; any other is ignored.
- A section that is no YAML, or no list, maps nobody. An entry without its ARN is left out; the others stay.
- Within an entry the keys compare without case. A value of the wrong type counts as empty: `groups` written as one
  string are no groups, a group `2` is one without a name, and so is `no`, which YAML 1.1 takes for false. A list item
  that was indented too far makes one group with a dash in it.
- Of a role that is listed twice the last entry holds. Entries of IAM Identity Center (`sso`) are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leastway.sandbox.eks_auth.yaml_values import NotText, read_scalars, read_yaml

__all__ = ["AwsAuth", "AwsAuthMapping", "parse_aws_auth"]

_EMPTY = ("", "``", '""', "''")


@dataclass(frozen=True, slots=True)
class AwsAuthMapping:
    """One entry: an ARN as it was written, and templates of the username and the groups."""

    arn: str
    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AwsAuth:
    """What the ConfigMap maps, by ARN in lower case, and the accounts whose principals all come in unmapped."""

    roles: Mapping[str, AwsAuthMapping]
    users: Mapping[str, AwsAuthMapping]
    accounts: frozenset[str]

    def find(self, canonical_arn: str) -> AwsAuthMapping | None:
        """Return the entry of a principal, roles before users."""
        key = canonical_arn.lower()
        return self.roles.get(key) or self.users.get(key)


def parse_aws_auth(data: Mapping[str, str]) -> AwsAuth:
    """Return the mappings in the `data` of the ConfigMap."""
    listed = read_scalars(data.get("mapAccounts", ""))
    accounts = (each.written if isinstance(each, NotText) else each for each in listed)
    return AwsAuth(
        _mappings(_section(data, "mapRoles"), "rolearn"),
        _mappings(_section(data, "mapUsers"), "userarn"),
        frozenset(each for each in accounts if isinstance(each, str)),
    )


def _section(data: Mapping[str, str], key: str) -> list[Any]:
    text = data.get(key, "")
    value = None if text.strip() in _EMPTY else read_yaml(text)
    return value if isinstance(value, list) else []


def _mappings(section: list[Any], arn_key: str) -> dict[str, AwsAuthMapping]:
    found: dict[str, AwsAuthMapping] = {}
    for entry in section:
        arn = _field(entry, arn_key, str)
        if not arn:
            continue
        groups = tuple(each if isinstance(each, str) else "" for each in _field(entry, "groups", list) or ())
        found[arn.lower()] = AwsAuthMapping(arn, _field(entry, "username", str) or "", groups)
    return found


def _field(entry: Any, name: str, kind: type) -> Any:
    """Return the last value of that kind under keys that differ by case only, in their alphabetical order."""
    named = sorted(key for key in entry if key.lower() == name) if isinstance(entry, dict) else []
    return next((entry[key] for key in reversed(named) if isinstance(entry[key], kind)), None)
