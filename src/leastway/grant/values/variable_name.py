"""Rule `variable-name`: the names of the variables of a module (Terraform language, "Identifiers")."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["VariableName"]

_SHAPE = "[A-Za-z_][A-Za-z0-9_-]*"


def _check(text: str) -> str:
    if re.fullmatch(_SHAPE, text):
        return text
    fix = "use letters, digits, _ and -, and begin with a letter or _"
    raise refusal("variable-name", f"{quote(text)} is not a valid variable name", fix)


VariableName = Annotated[
    str, Field(max_length=256, json_schema_extra={"pattern": f"^{_SHAPE}$"}), AfterValidator(_check)
]
