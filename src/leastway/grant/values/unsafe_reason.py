"""Rule `unsafe-reason`: a reason is a sentence, so that people still understand it in a year."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.values.refusal import refusal

__all__ = ["UnsafeReason"]

_FEWEST_CHARACTERS = 15
_FEWEST_WORDS = 3


def _check(text: str) -> str:
    words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", text)}
    if len(text.strip()) >= _FEWEST_CHARACTERS and len(words) >= _FEWEST_WORDS:
        return text
    fix = "explain in a sentence why this is needed and until when; it is shown wherever the access is"
    raise refusal("unsafe-reason", "this is too short to be a reason", fix)


UnsafeReason = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"minLength": _FEWEST_CHARACTERS})]
