"""Placeholder text of documentation, such as `<<ROLE-NAME>>`, which people must replace and sometimes forget.

`placeholder` parses the platform's own `${...}`, which the platform replaces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_placeholder_text", "is_placeholder_name", "is_placeholder_text"]

# `<<ROLE-NAME>>`, `<your bucket>`, `{{ account }}`, and `${ACCOUNT}` if the platform does not replace it.
_BRACKETED = re.compile(r"<<[^<>\n]*>>|<[A-Za-z][A-Za-z0-9 _.-]*>|\{\{[^{}\n]*\}\}")
_VARIABLE = re.compile(r"\$\{[^${}\n]*\}|\$\([^$()\n]*\)")
_CAPITALS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AWS[_-])?ACCOUNT(?:[_-]?(?:ID|NUMBER|NAME))|(?:CLUSTER|ROLE|USER|POLICY|BUCKET|GROUP|NAMESPACE)[_-]?NAME|"
    r"EXTERNAL[_-]?ID|(?:CHANGE|REPLACE|FILL)[_-]?(?:ME|THIS)(?:[_-]?IN)?|"
    r"(?:YOUR|MY|SOME)[_-][A-Z0-9_-]{1,64}|TODO|TBD|FIXME|PLACEHOLDER|X{4,}"
    r")(?![A-Za-z0-9])"
)
_NAME = re.compile(
    r"(?:aws[_-])?account[_-]?(?:id|number)|(?:cluster|role|user|policy|bucket|group|namespace)[_-]name|"
    r"external[_-]id|(?:change|replace|fill)[_-]?(?:me|this)(?:[_-]?in)?|your[_-][a-z0-9_-]+|placeholder|"
    r"(?:[a-z0-9_-]+[_-])?example(?:[_-][a-z0-9_-]+)?"
)


def find_placeholder_text(text: str, *, variables: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each placeholder text; with `variables`, the platform replaces `${...}`."""
    for shape in (_BRACKETED, _CAPITALS) if variables else (_BRACKETED, _VARIABLE, _CAPITALS):
        for match in shape.finditer(text):
            yield match.span()


def is_placeholder_name(text: str) -> bool:
    """Return whether the name `text` is one that documentation uses as a placeholder: account-id, example."""
    return _NAME.fullmatch(text.lower()) is not None


def is_placeholder_text(text: str, *, variables: bool = False) -> bool:
    """Return whether a value is or contains placeholder text. In paths and sentences, only unmistakable text counts."""
    if next(find_placeholder_text(text, variables=variables), None) is not None:
        return True
    is_name = re.search(r"\s", text) is None and ("/" not in text or text.startswith("arn:"))
    return is_name and any(is_placeholder_name(part) for part in re.split(r"[:/]", text))
