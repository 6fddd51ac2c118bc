"""Rule `tag`: what IAM accepts as a tag, without those that AWS and leastway set themselves.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources": at most 50 tags, keys of 128 and values
of 256 characters; letters, digits, spaces and _.:/=+-@.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.values.refusal import refusal

__all__ = ["Tags"]

_MOST = 40
"""Ten of 50 are left for others."""
_CHARACTERS = r"[\w +=.:/@-]"
_RESERVED = ("aws:", "leastway:")


def _check_key(text: str) -> str:
    if not re.fullmatch(rf"{_CHARACTERS}{{1,128}}", text) or text.lower().startswith(_RESERVED):
        fix = "write at most 128 letters, digits, spaces and _.:/=+-@, without the prefixes aws: and leastway:"
        raise refusal("tag", "this cannot be the key of a tag", fix)
    return text


def _check_value(text: str) -> str:
    if not re.fullmatch(rf"{_CHARACTERS}{{0,256}}", text):
        fix = "write at most 256 letters, digits, spaces and _.:/=+-@"
        raise refusal("tag", "this cannot be the value of a tag", fix)
    return text


Tags = Annotated[
    dict[Annotated[str, AfterValidator(_check_key)], Annotated[str, AfterValidator(_check_value)]],
    Field(max_length=_MOST),
]
