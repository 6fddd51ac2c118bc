"""Rule `role-description`: what IAM accepts as the description of a role (IAM API reference, CreateRole)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["RoleDescription"]

_LONGEST = 1000
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\xa1-\xff]")


def _check(text: str) -> str:
    if len(text) > _LONGEST:
        message = f"the description has {len(text)} characters, and IAM accepts {_LONGEST:,}"
        raise refusal("role-description", message, "shorten it")
    if illegal := _ILLEGAL.search(text):
        message = f"IAM does not accept {quote(illegal.group())} in a description"
        raise refusal("role-description", message, "use only Latin letters, digits and punctuation")
    return text


RoleDescription = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"maxLength": _LONGEST})]
