"""Rule `boundary`: a permissions boundary is a managed policy, named as IAM accepts it.

Source: IAM User Guide, "IAM and AWS STS quotas" and "IAM identifiers".
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.values.refusal import refusal

__all__ = ["BoundaryText"]

_NAMED = r"([!-.0-~]{1,510}/)*[A-Za-z0-9_+=,.@-]{1,128}"
_OF_AWS = r"arn:aws[a-z-]*:iam::aws:policy/([!-.0-~]{1,510}/)*[A-Za-z0-9_+=,.@-]{1,128}"
_OF_AN_ACCOUNT = rf"arn:aws[a-z-]*:iam::[0-9]{{12}}:policy/({_NAMED})"


def _check(text: str) -> str:
    if re.fullmatch(_OF_AWS, text) or (re.fullmatch(_NAMED, text) and not text.startswith("arn:")):
        return text
    if found := re.fullmatch(_OF_AN_ACCOUNT, text):
        message = "a boundary is named without the account, because it is one of each account"
        raise refusal("boundary", message, f"write {found[1]}")
    fix = "write its name, such as TeamBoundary or teams/TeamBoundary, or arn:...:iam::aws:policy/<name> of one of AWS"
    raise refusal("boundary", "this is not the name of a managed policy", fix)


BoundaryText = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"minLength": 1, "maxLength": 700})]
