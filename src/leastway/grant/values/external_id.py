"""Rule `external-id`: what STS accepts (STS API reference, AssumeRole: 2 to 1,224 characters).

Other rules check whether it can be guessed or is used twice.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.values.refusal import refusal

__all__ = ["ExternalIdText", "is_external_id"]

_SHAPE = r"[A-Za-z0-9_+=,.@:/-]{2,1224}"


def is_external_id(text: str) -> bool:
    """Return whether STS accepts `text` as an external id."""
    return re.fullmatch(_SHAPE, text) is not None


def _check(text: str) -> str:
    if is_external_id(text):
        return text
    if not 2 <= len(text) <= 1224:
        message = f"the external id has {len(text)} characters, and STS accepts 2 to 1,224"
    else:
        message = "the external id has characters that STS does not accept"
    raise refusal("external-id", message, "use only letters, digits and _+=,.@:/-")


ExternalIdText = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
