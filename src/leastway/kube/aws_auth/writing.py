"""One mapping as text, to be put into a list of either layout."""

from __future__ import annotations

import json
import re

from leastway.errors import LeastwayError
from leastway.estate import AwsAuthMapping
from leastway.kube.aws_auth.entry import ARN_KEYS

__all__ = ["as_block", "as_flow"]

_PLAIN = re.compile(r"[A-Za-z][\w.:/@+=,-]*[A-Za-z0-9]", re.ASCII)
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null"})


def as_block(mapping: AwsAuthMapping, indent: int, newline: str) -> str:
    """Return the mapping as lines behind a dash that stands `indent` blanks from the left."""
    lines = [
        f"- {ARN_KEYS[mapping.section]}: {_scalar(mapping.arn)}",
        f"  username: {_scalar(mapping.username)}",
        *(["  groups:"] if mapping.groups else ["  groups: []"]),
        *(f"    - {_scalar(group)}" for group in sorted(mapping.groups)),
    ]
    return "".join(f"{' ' * indent}{line}{newline}" for line in lines)


def as_flow(mapping: AwsAuthMapping) -> str:
    """Return the mapping as a piece of JSON."""
    fields = {
        ARN_KEYS[mapping.section]: mapping.arn,
        "username": mapping.username,
        "groups": sorted(mapping.groups),
    }
    for text in (mapping.arn, mapping.username, *mapping.groups):
        _check(text)
    return json.dumps(fields, ensure_ascii=False)


def _scalar(text: str) -> str:
    _check(text)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _check(text: str) -> None:
    if not text.isprintable():
        raise LeastwayError(f"{text!r} has characters that aws-auth cannot hold", fix="use printable characters only")
