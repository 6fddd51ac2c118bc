"""Names, paths, tags and descriptions in IAM.

AWS (IAM API Reference, CreateUser, CreateRole, CreatePolicy, Tag): names consist of letters, digits and `+=,.@_-` and
must be unique ignoring case; a path begins and ends with a slash; a role's maximum session lasts 3,600 to 43,200
seconds; there are at most 50 tags, of letters, digits, spaces and `_.:/=+-@`. ministack: accepts anything,
distinguishes `x` from `X`, and writes descriptions into XML without escaping.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, iam_error
from leastway.sandbox.process.engine import check, handle, iam

_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]+")
_PATH = re.compile(r"/([\x21-\x7e]+/)?")
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_TAG_FIELD = re.compile(r"Tags\.member\.\d+\.(Key|Value)")
_TAGS = 50
_STORES = {"UserName": "_users", "RoleName": "_roles"}
_LENGTH = {"UserName": 64, "RoleName": 64, "PolicyName": 128}


def _invalid(message: str) -> IamAnswer:
    return iam_error(400, "ValidationError", message)


@check("CreateUser", "CreateRole", "CreatePolicy")
def _check_name(params: Params) -> IamAnswer | None:
    field = next(name for name in _LENGTH if name in params)
    name, path = argument(params, field), argument(params, "Path") or "/"
    if not _NAME.fullmatch(name) or len(name) > _LENGTH[field]:
        return _invalid(
            f"The specified value for {field[0].lower()}{field[1:]} is invalid. It must contain only alphanumeric"
            " characters and/or the following: +=,.@_-"
        )
    if not _PATH.fullmatch(path) or len(path) > 512:
        return _invalid("The specified value for path is invalid. It must begin and end with / and contain only ASCII")
    if field in _STORES and name.lower() in {known.lower() for known in iam(_STORES[field])}:
        return iam_error(409, "EntityAlreadyExists", f"{field.removesuffix('Name')} with name {name} already exists.")
    return None


@check("CreateUser", "CreateRole", "CreatePolicy", "TagUser", "TagRole", "TagPolicy")
def _check_tags(params: Params) -> IamAnswer | None:
    fields = [name for name in params if _TAG_FIELD.fullmatch(name)]
    if any(not _TAG.fullmatch(argument(params, field)) for field in fields):
        return _invalid("The tag contains characters that are not allowed: letters, digits, spaces and _.:/=+-@ are")
    if sum(field.endswith("Key") for field in fields) > _TAGS:
        return iam_error(409, "LimitExceeded", "The number of tags has reached the maximum limit.")
    return None


@check("CreateRole", "UpdateRole")
def _check_duration(params: Params) -> IamAnswer | None:
    seconds = argument(params, "MaxSessionDuration")
    if seconds and not 3600 <= int(seconds) <= 43200:
        return _invalid(f"Value '{seconds}' at 'maxSessionDuration' must be between 3600 and 43200")
    return None


@handle("CreateRole", "UpdateRole", "CreatePolicy")
def _escape_description(original: IamHandler, params: Params) -> IamAnswer:
    if "Description" in params:
        params = {**params, "Description": [escape(argument(params, "Description"))]}
    return original(params)
