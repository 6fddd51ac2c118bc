"""What a reason is: a sentence, so that people still understand it in a year.

Rule `unsafe-reason` judges those of a grant, which say why its access may be given: the platform is kept out without
them. In a profile, a text that is no reason is not a value.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.values.refusal import refusal

__all__ = ["FIX", "TOO_SHORT", "ReasonText", "UnsafeReason", "is_reason"]

_FEWEST_CHARACTERS = 15
_FEWEST_WORDS = 3
TOO_SHORT = "this is too short to be a reason"
FIX = "explain in a sentence why this is needed and until when; it is shown wherever the access is"


def is_reason(text: str) -> bool:
    """Return whether a text is long enough to be a reason."""
    words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", text)}
    return len(text.strip()) >= _FEWEST_CHARACTERS and len(words) >= _FEWEST_WORDS


def _check(text: str) -> str:
    if is_reason(text):
        return text
    raise refusal("unsafe-reason", TOO_SHORT, FIX)


ReasonText = Annotated[str, Field(json_schema_extra={"minLength": _FEWEST_CHARACTERS})]
"""The text of a grant, which the rule judges."""
UnsafeReason = Annotated[ReasonText, AfterValidator(_check)]
