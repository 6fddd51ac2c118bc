"""Paging of IAM lists, and the members that AWS leaves out of them.

AWS (IAM API Reference, ListRoles, ListUsers, ListPolicies): lists have pages of MaxItems, 100 by default, with a
Marker; ListUsers and ListRoles return no tags. ministack: one page, including tags.
"""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET

from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, iam_error
from leastway.sandbox.process.engine import handle

_WITHOUT_TAGS = {"ListPolicies", "ListRoles", "ListUsers"}
_PAGE = 100
_MOST = 1000
_URL = "https://iam.amazonaws.com/doc/2010-05-08/"
_NS = f"{{{_URL}}}"
ET.register_namespace("", _URL)


@handle("List*")
def _list(original: IamHandler, params: Params) -> IamAnswer:
    try:
        size = int(argument(params, "MaxItems") or _PAGE)
        marker = argument(params, "Marker")
        start = int(base64.b64decode(marker, validate=True)) if marker else 0
    except ValueError:
        return iam_error(400, "InvalidInput", "Invalid Marker.")
    if not 1 <= size <= _MOST:
        return iam_error(400, "ValidationError", f"Value '{size}' at 'maxItems' must be between 1 and {_MOST}")
    status, headers, body = original(params)
    return (status, headers, body) if status >= 400 else (status, headers, _page(params, body, start, size))


def _page(params: Params, body: bytes, start: int, size: int) -> bytes:
    action = argument(params, "Action")
    root = ET.fromstring(body)  # noqa: S314  # ministack's own response
    result = root[0]
    if len(result) != 2 or result[1].tag != f"{_NS}IsTruncated":  # not one list that has pages
        return body
    listed, truncated = result
    members = list(listed)
    listed[:] = members[start : start + size]
    if action in _WITHOUT_TAGS:
        for member in listed:
            for tags in member.findall(f"{_NS}Tags"):
                member.remove(tags)
    if start + size < len(members):
        truncated.text = "true"
        ET.SubElement(result, f"{_NS}Marker").text = base64.b64encode(str(start + size).encode()).decode()
    page: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return page
