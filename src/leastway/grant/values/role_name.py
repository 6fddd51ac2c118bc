"""Rule `role-name`: what IAM accepts as the name and path of a role (IAM API reference, CreateRole).

`role-outside-prefix` checks that both begin with the platform's prefix.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["RoleName", "RolePath", "is_iam_name"]

_LONGEST_NAME = 64
_LONGEST_PATH = 512
_NAME_SHAPE = r"[A-Za-z0-9_+=,.@-]{1,64}"
_PATH_SHAPE = r"/([!-~]+/)?"


def is_iam_name(text: str, *, longest: int = _LONGEST_NAME) -> bool:
    """Return whether IAM accepts `text` as the name of a role, a user or (up to 128 characters) a policy."""
    return 0 < len(text) <= longest and re.fullmatch(r"[A-Za-z0-9_+=,.@-]+", text) is not None


def _check_name(text: str) -> str:
    if is_iam_name(text):
        return text
    if text.startswith("arn:"):
        message, fix = f"{quote(text)} is an ARN", f"write only the name: {text.rsplit('/', 1)[-1]}"
    elif "/" in text:
        message = f"{quote(text)} contains a path, and the platform assumes only roles whose own name has its prefix"
        raise refusal("role-outside-prefix", message, f"write only the name: {text.rsplit('/', 1)[-1]}")
    elif len(text) > _LONGEST_NAME:
        message, fix = f"the name has {len(text)} characters, and IAM accepts {_LONGEST_NAME}", "shorten it"
    else:
        message = f"{quote(text)} is not a valid role name"
        fix = "use only letters, digits and _+=,.@-"
    raise refusal("role-name", message, fix)


def _check_path(text: str) -> str:
    if re.fullmatch(_PATH_SHAPE, text) and len(text) <= _LONGEST_PATH:
        return text
    if not text.startswith("/") or not text.endswith("/"):
        fix = f"write {quote('/' + text.strip('/') + '/')}"
        raise refusal("role-name", f"{quote(text)} is not a valid path: a path begins and ends with a slash", fix)
    fix = f"write up to {_LONGEST_PATH} visible ASCII characters"
    raise refusal("role-name", f"{quote(text)} is not a path that IAM accepts", fix)


RoleName = Annotated[str, AfterValidator(_check_name), Field(json_schema_extra={"pattern": f"^{_NAME_SHAPE}$"})]
RolePath = Annotated[str, AfterValidator(_check_path), Field(json_schema_extra={"pattern": f"^{_PATH_SHAPE}$"})]
