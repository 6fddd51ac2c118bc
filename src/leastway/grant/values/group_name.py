"""Rule `group-name`: the Kubernetes group of a binding; `reserved-group` checks groups that begin with `system:`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["GroupName"]

_SHAPE = r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}"


def _check(text: str) -> str:
    if re.fullmatch(_SHAPE, text):
        return text
    fix = "write up to 128 letters, digits and ._:@-, such as humanitec"
    raise refusal("group-name", f"{quote(text)} is not a valid group name", fix)


GroupName = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
