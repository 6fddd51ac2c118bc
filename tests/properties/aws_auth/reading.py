"""An independent reader of aws-auth: libyaml through another library, and the authenticator's rules in a few lines."""

from collections.abc import Mapping
from typing import Any

import yaml

from tests.properties.aws_auth.texts import KEYS

Read = list[tuple[str, str, tuple[str, ...]]]
"""(ARN, username, groups) of each entry with an ARN, in order."""


def read(data: Mapping[str, str], section: str) -> Read | None:
    """Return the mappings of a section, or None if it is not a list; a value that is not a string counts as empty."""
    text = data.get(section, "")
    if text.strip() in ("", "``", '""', "''"):
        return []
    try:
        items = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError):
        return None
    if items is None:
        return []
    if not isinstance(items, list):
        return None
    entries = [_fields(item) for item in items if isinstance(item, dict)]
    key = KEYS[section]
    return [
        (arn, _text(entry.get("username")), tuple(_text(group) for group in _list(entry.get("groups"))))
        for entry in entries
        if (arn := _text(entry.get(key)))
    ]


def _fields(item: dict[Any, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in item.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
