"""Rule `grant-name`: a DNS label, because it becomes a tag value in AWS and a label value in Kubernetes (RFC 1123)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["GrantName"]

_SHAPE = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def _check(text: str) -> str:
    if re.fullmatch(_SHAPE, text):
        return text
    fix = "write up to 63 lower-case letters, digits and inner hyphens, such as acme"
    raise refusal("grant-name", f"{quote(text)} is not valid both as a tag value and as a label value", fix)


GrantName = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
