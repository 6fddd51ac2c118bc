"""The aws-auth ConfigMap, read as the EKS authenticator reads it, mistakes included.

Source: sigs.k8s.io/aws-iam-authenticator, packages mapper/configmap and config; gopkg.in/yaml.v2; sigs.k8s.io/yaml.
- The keys are exactly `mapRoles`, `mapUsers`, `mapAccounts`; any other is ignored.
- YAML is of version 1.1, the first document, the last of a repeated key. An object with a key that is a list or an
  object makes its whole section unreadable.
- A section that is no YAML, or no list, maps nobody. An entry without its ARN is left out; the others stay.
- Within an entry the keys compare without case. A value of the wrong type counts as empty: `groups` written as one
  string are no groups, a group `2` is one without a name, and so is `no`, which YAML 1.1 takes for false. A list item
  that was indented too far makes one group with a dash in it. Accounts are taken as they are written.
- Of a role that is listed twice the last entry holds. Entries of IAM Identity Center (`sso`) are not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["MappedPrincipal", "MappedPrincipals", "parse_aws_auth"]

_EMPTY = ("", "``", '""', "''")
_PREFIX = "tag:yaml.org,2002:"
_NOT_TEXT = ("null", "int", "float", "bool")
_GO_OCTAL = re.compile("[-+]?0o[0-7]+")


@dataclass(frozen=True, slots=True)
class MappedPrincipal:
    """One entry: an ARN as it was written, and templates of the username and the groups."""

    arn: str
    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappedPrincipals:
    """What the ConfigMap maps, by ARN in lower case, and the accounts whose principals all come in unmapped."""

    roles: Mapping[str, MappedPrincipal]
    users: Mapping[str, MappedPrincipal]
    accounts: frozenset[str]

    def find(self, canonical_arn: str) -> MappedPrincipal | None:
        """Return the entry of a principal, roles before users."""
        key = canonical_arn.lower()
        return self.roles.get(key) or self.users.get(key)


def parse_aws_auth(data: Mapping[str, str]) -> MappedPrincipals:
    """Return the mappings in the `data` of the ConfigMap."""
    listed = _document(data.get("mapAccounts", ""))
    accounts = listed.value if listed is not None and listed.id == "sequence" else ()
    return MappedPrincipals(
        _mappings(_section(data, "mapRoles"), "rolearn"),
        _mappings(_section(data, "mapUsers"), "userarn"),
        frozenset(each.value for each in accounts if each.id == "scalar" and each.tag != f"{_PREFIX}null"),
    )


def _section(data: Mapping[str, str], key: str) -> list[Any]:
    text = data.get(key, "")
    try:
        value = None if text.strip() in _EMPTY else _value(_document(text))
    except ValueError:
        value = None
    return value if isinstance(value, list) else []


def _mappings(section: list[Any], arn_key: str) -> dict[str, MappedPrincipal]:
    found: dict[str, MappedPrincipal] = {}
    for entry in section:
        arn = _field(entry, arn_key, str)
        if not arn:
            continue
        groups = tuple(each if isinstance(each, str) else "" for each in _field(entry, "groups", list) or ())
        found[arn.lower()] = MappedPrincipal(arn, _field(entry, "username", str) or "", groups)
    return found


def _field(entry: Any, name: str, kind: type) -> Any:
    """Return the last value of that kind under keys that differ by case only, in their alphabetical order."""
    named = sorted(key for key in entry if key.lower() == name) if isinstance(entry, dict) else []
    return next((entry[key] for key in reversed(named) if isinstance(entry[key], kind)), None)


def _document(text: str) -> Any:
    """Return the node of the first document, or None when it is no YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    yaml.composer.warn_double_anchors = False
    try:
        return next(iter(yaml.compose_all(text)), None)
    except (YAMLError, ValueError):
        return None


def _value(node: Any) -> Any:
    """Return the lists, objects and texts at a node; None for a number, a boolean and nothing. A date is a text."""
    if node is None:
        return None
    match node.id:
        case "sequence":
            return [_value(each) for each in node.value]
        case "mapping":
            return _object(node)
        case _:
            tag = str(node.tag).removeprefix(_PREFIX)
            is_number = node.style is None and _GO_OCTAL.fullmatch(node.value)
            return None if tag in _NOT_TEXT or is_number else str(node.value)


def _object(node: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in node.value:
        if key.id != "scalar":
            raise ValueError("a key that is a list or an object")
        if key.tag == f"{_PREFIX}merge":
            merged |= _value(value) if value.id == "mapping" else {}
        else:
            own[str(key.value)] = _value(value)
    return merged | own
