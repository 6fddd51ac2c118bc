"""Audit logs: the files of tlog-tiles below `/audit/{org}/`, and Humanitec's `/orgs/{org}/audit-logs`.

`/audit/{org}/checkpoint` and the tiles are of the log that grows, `/audit/{org}/logs/{number}/...` of an earlier one.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from leastway.api.errors import json_response
from leastway.api.queries import next_link, page_size
from leastway.api.requests import endpoint
from leastway.api.threads import in_thread
from leastway.api.times import read_time, write_time
from leastway.audit import Entry
from leastway.errors import InvalidInputError
from leastway.service import Caller, Server, audit
from leastway.tlog import CHECKPOINT

__all__ = ["ROUTES"]

_FOR_EVER: Final = "private, max-age=31536000, immutable"
_TEXT: Final = "text/plain; charset=utf-8"


async def _checkpoint(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(audit.log_file, server, caller, *_log(request), CHECKPOINT)
    return Response(found, media_type=_TEXT, headers={"Cache-Control": "no-store"})


async def _tile(request: Request, server: Server, caller: Caller) -> Response:
    path = request.path_params["path"]
    found = await in_thread(audit.log_file, server, caller, *_log(request), f"tile/{path}")
    return Response(found, media_type="application/octet-stream", headers={"Cache-Control": _FOR_EVER})


async def _key(request: Request, server: Server, caller: Caller) -> Response:
    found = await in_thread(audit.log_key, server, caller, *_log(request))
    return Response(f"{found}\n", media_type=_TEXT)


async def _list_changes(request: Request, server: Server, caller: Caller) -> Response:
    query = request.query_params
    since, until = (read_time(name, query[name]) if name in query else None for name in ("from", "to"))
    per_page = page_size(request)
    place = _read_place(query["page"]) if "page" in query else None
    page = await in_thread(
        audit.changes_of,
        server,
        caller,
        request.path_params["org"],
        since=since,
        until=until,
        place=place,
        most=per_page,
    )
    response = json_response([_shown(entry) for entry in page.entries])
    if page.next is not None:
        kept = {name: query[name] for name in ("from", "to", "per_page") if name in query}
        response.headers["Link"] = next_link(request, kept | {"page": _write_place(page.next)})
    return response


ROUTES: Final = (
    endpoint("/audit/{org}/checkpoint", "GET", _checkpoint),
    endpoint("/audit/{org}/tile/{path:path}", "GET", _tile),
    endpoint("/audit/{org}/key", "GET", _key),
    endpoint("/audit/{org}/logs/{number}/checkpoint", "GET", _checkpoint),
    endpoint("/audit/{org}/logs/{number}/tile/{path:path}", "GET", _tile),
    endpoint("/audit/{org}/logs/{number}/key", "GET", _key),
    endpoint("/orgs/{org}/audit-logs", "GET", _list_changes),
)


def _log(request: Request) -> tuple[str, int | None]:
    """Return the organization and the number of the log in a request's path. Errors: NotFoundError."""
    number: str | None = request.path_params.get("number")
    if number is not None and not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise audit.no_such_log()
    return request.path_params["org"], None if number is None else int(number)


def _shown(entry: Entry) -> dict[str, object]:
    assert entry.request is not None  # noqa: S101 - only such entries are changes
    return {
        "at": write_time(entry.at),
        "org_id": entry.organization,
        "user_id": entry.actor.user or "",
        "request_method": entry.request.method,
        "request_path": entry.request.path,
        "response_status": entry.request.status,
    }


def _write_place(place: audit.Place) -> str:
    at, identifier = place
    return base64.urlsafe_b64encode(f"{at.astimezone(UTC).isoformat()} {identifier}".encode()).decode()


def _read_place(text: str) -> audit.Place:
    try:
        at, _, identifier = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
        time, number = read_time("page", at), int(identifier)
        if not 0 <= number < 2**63:
            raise ValueError
    except (binascii.Error, ValueError, InvalidInputError) as error:
        raise InvalidInputError("page: it is not a page of this list", fix="follow the Link header") from error
    return time, number
