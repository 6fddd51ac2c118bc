"""The aws-auth ConfigMap, read as the EKS authenticator reads it, mistakes included.

Source: sigs.k8s.io/aws-iam-authenticator, packages mapper/configmap and config.
- The keys are exactly `mapRoles`, `mapUsers`, `mapAccounts`; any other is ignored.
- A section that is no YAML, or no list, maps nobody. An entry without its ARN is left out; the others stay.
- Within an entry the keys compare without case. A value of the wrong type counts as missing: `groups` written as one
  string are no groups, while a list item that was indented too far is one group with a dash in it.
- Of a role that is listed twice the last entry holds. Entries of IAM Identity Center (`sso`) are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    accounts = _section(data, "mapAccounts")
    strings = all(isinstance(each, str | int) and not isinstance(each, bool) for each in accounts)
    return AwsAuth(
        _mappings(_section(data, "mapRoles"), "rolearn"),
        _mappings(_section(data, "mapUsers"), "userarn"),
        frozenset(str(each) for each in accounts) if strings else frozenset(),
    )


def _section(data: Mapping[str, str], key: str) -> list[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    text = data.get(key, "")
    if text.strip() in _EMPTY:
        return []
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    yaml.allow_duplicate_keys = True
    try:
        value = yaml.load(text)
    except (YAMLError, ValueError):
        return []
    return value if isinstance(value, list) else []


def _mappings(section: list[Any], arn_key: str) -> dict[str, AwsAuthMapping]:
    found: dict[str, AwsAuthMapping] = {}
    for entry in section:
        fields = {str(key).lower(): value for key, value in entry.items()} if isinstance(entry, dict) else {}
        arn = fields.get(arn_key)
        if not isinstance(arn, str) or not arn:
            continue
        username, groups = fields.get("username"), fields.get("groups")
        found[arn.lower()] = AwsAuthMapping(
            arn,
            username if isinstance(username, str) else "",
            tuple(each for each in groups if isinstance(each, str)) if isinstance(groups, list) else (),
        )
    return found
