"""Rule `account-id`: twelve digits, in quotes."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["AccountIdText"]

_TWELVE_DIGITS = re.compile(r"[0-9]{12}")


def _check(text: str) -> str:
    if _TWELVE_DIGITS.fullmatch(text):
        return text
    digits = re.sub(r"[\s-]", "", text)
    if _TWELVE_DIGITS.fullmatch(digits):
        message = f"{quote(text)} is an account id with separators"
        raise refusal("account-id", message, f'write only the twelve digits: "{digits}"')
    if digits.isascii() and digits.isdigit():
        message = f"{quote(text)} has {len(digits)} digits, but an account id has twelve"
    else:
        message = f"{quote(text)} is not an AWS account id"
    raise refusal("account-id", message, "copy it from `aws sts get-caller-identity --query Account`")


AccountIdText = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": "^[0-9]{12}$"})]
