"""Parsing of the aws-auth ConfigMap exactly as the EKS authenticator does it, including its errors.

Source: sigs.k8s.io/aws-iam-authenticator, packages mapper/configmap and config; gopkg.in/yaml.v2; sigs.k8s.io/yaml.
- The keys are exactly `mapRoles`, `mapUsers` and `mapAccounts`; all others are ignored.
- YAML is version 1.1. The first document is read, and the last of repeated keys counts. A section that has an object
  with a list or an object as a key cannot be read.
- A section that is not valid YAML, or not a list, maps nobody. An entry without its ARN is skipped; the others stay.
- Case is ignored in the keys of an entry. A value of the wrong type counts as empty: `groups` with one string is no
  groups, a group `2` is one without a name, and so is `no`, which is false in YAML 1.1. A list item with too much
  indentation becomes one group with a dash in its name. Accounts are used as written.
- Of repeated roles the last entry counts. Entries of IAM Identity Center (`sso`) are not read.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["MappedPrincipal", "MappedPrincipals", "parse_aws_auth"]

_KEYS = ("mapRoles", "mapUsers", "mapAccounts")
_KEPT = 256
"""Results that are kept: a cluster parses the same text for each request."""
_EMPTY = ("", "``", '""', "''")
_PREFIX = "tag:yaml.org,2002:"
_NOT_TEXT = ("null", "int", "float", "bool")
_GO_OCTAL = re.compile("[-+]?0o[0-7]+")


@dataclass(frozen=True, slots=True)
class MappedPrincipal:
    """One entry: an ARN as written, and the templates of the username and groups."""

    arn: str
    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappedPrincipals:
    """The mappings of the ConfigMap by lowercase ARN, and the accounts whose principals need no mapping."""

    roles: Mapping[str, MappedPrincipal]
    users: Mapping[str, MappedPrincipal]
    accounts: frozenset[str]

    def find(self, canonical_arn: str) -> MappedPrincipal | None:
        """Return the entry of a principal, roles before users."""
        key = canonical_arn.lower()
        return self.roles.get(key) or self.users.get(key)


def parse_aws_auth(data: Mapping[str, str]) -> MappedPrincipals:
    """Parse the mappings in the `data` of the ConfigMap."""
    return _parse(*(data.get(key, "") for key in _KEYS))


@functools.lru_cache(_KEPT)
def _parse(roles: str, users: str, accounts: str) -> MappedPrincipals:
    listed = _document(accounts)
    found = listed.value if listed is not None and listed.id == "sequence" else ()
    return MappedPrincipals(
        _mappings(_section(roles), "rolearn"),
        _mappings(_section(users), "userarn"),
        frozenset(each.value for each in found if each.id == "scalar" and each.tag != f"{_PREFIX}null"),
    )


def _section(text: str) -> list[Any]:
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
    """Return the value of type `kind` for `name`, ignoring case; of several keys, the alphabetically last counts."""
    named = sorted(key for key in entry if key.lower() == name) if isinstance(entry, dict) else []
    return next((entry[key] for key in reversed(named) if isinstance(entry[key], kind)), None)


def _document(text: str) -> Any:
    """Return the node of the first document, or None if it is not valid YAML."""
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
    """Return the lists, objects and strings at a node; None for numbers, booleans and null. A date is a string."""
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
            raise ValueError("a key is a list or an object")
        if key.tag == f"{_PREFIX}merge":
            merged |= _value(value) if value.id == "mapping" else {}
        else:
            own[str(key.value)] = _value(value)
    return merged | own
