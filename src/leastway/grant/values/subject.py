"""Rule `subject`: what the subject of a token can be in a trust policy.

IAM replaces `${...}` in a condition by the value of a policy variable, so it cannot be part of a subject.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.values.refusal import refusal

__all__ = ["SubjectText"]

_LONGEST = 512


def _check(text: str) -> str:
    if not text.strip("*?") or "${" in text or len(text) > _LONGEST or re.search(r"[\s\x00-\x1f]", text):
        fix = "write it as the platform does, without spaces: repo:acme/infrastructure:ref:refs/heads/main"
        raise refusal("subject", "this is not the subject of a token", fix)
    return text


SubjectText = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"minLength": 1, "maxLength": _LONGEST})]
