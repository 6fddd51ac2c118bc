"""Rule `role-arn`: the ARN of an IAM role, not of a session."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["RoleArnText"]

_SHAPE = r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/([!-~]+/)?[A-Za-z0-9_+=,.@-]{1,64}"


def _check(text: str) -> str:
    if re.fullmatch(_SHAPE, text):
        return text
    if ":assumed-role/" in text:
        message = f"{quote(text)} is the ARN of a session"
        fix = "give the role itself: arn:aws:iam::<account>:role/<name>"
    else:
        message = f"{quote(text)} is not the ARN of a role"
        fix = "write arn:aws:iam::<account>:role/<name>; `aws iam get-role` shows it"
    raise refusal("role-arn", message, fix)


RoleArnText = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
