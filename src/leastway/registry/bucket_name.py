"""Whether a text can be the name of an S3 bucket, before or after its placeholders are resolved.

Source: Amazon S3 User Guide, "General purpose bucket naming rules".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from leastway.registry.placeholder import parse_placeholders

__all__ = ["is_bucket_field", "why_not_a_bucket_name"]

_FIELDS: Final = frozenset({"bucket", "bucket_name"})
_LONGEST: Final = 63
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def is_bucket_field(type_id: str, path: Sequence[str]) -> bool:
    """Return whether the value at `path` of a definition of this type is the name of a bucket."""
    return type_id == "s3" and path[-1] in _FIELDS and tuple(path[:-1]) in ((), ("variables",))


def why_not_a_bucket_name(text: str) -> str | None:
    """Return what is wrong with a bucket's name, or None. Of an unresolved text, what its literal parts already say.

    The result completes "the bucket name ..." and never repeats the text.
    """
    parts = parse_placeholders(text)
    literal = "".join(part for part in parts if isinstance(part, str))
    is_resolved = all(isinstance(part, str) for part in parts)
    if len(literal) > _LONGEST:
        return (
            f"has {len(literal)} characters{'' if is_resolved else ' before its placeholders are resolved'}, at most 63"
        )
    if re.search(r"[^a-z0-9.-]", literal):
        return "has characters other than lower-case letters, digits, dots and hyphens"
    if ".." in (literal if is_resolved else ""):
        return "has two dots in a row"
    first, last = (part if isinstance(part, str) else "a" for part in ((parts or ("",))[0], (parts or ("",))[-1]))
    if first[:1] in (".", "-") or last[-1:] in (".", "-"):
        return "does not begin and end with a letter or digit"
    if not is_resolved:
        return None
    if len(literal) < 3:
        return "has less than 3 characters"
    if _ADDRESS.fullmatch(literal):
        return "has the form of an IP address"
    if literal.startswith(_PREFIXES) or literal.endswith(_SUFFIXES):
        return "begins or ends with what AWS reserves"
    return None
