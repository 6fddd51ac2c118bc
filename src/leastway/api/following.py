"""Logs that grow, of runs and deployments: as JSON, or as a stream of server-sent events.

A client that accepts `text/event-stream` gets the stream: each line is an event `line` whose id is its number, so that
a client that lost the stream goes on where it was; the event `end` has the status. Each look authenticates the caller
again, and once more, from the store, after there was something to send: what was read after a token was revoked, or its
user was removed, is not sent. The stream then ends without the event `end`.
Source: HTML, "Server-sent events".
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from leastway.api.errors import json_response
from leastway.api.requests import authenticate_again, authenticate_anew
from leastway.api.times import write_time
from leastway.errors import InvalidInputError, LeastwayError
from leastway.registry import RunLine
from leastway.service import Caller

__all__ = ["READS", "follow", "line_number"]

_log = logging.getLogger("leastway.api")
_LOOK: Final = 0.25
"""Seconds between two looks at the log."""
_QUIET: Final = 15.0
"""Seconds without a line after which a comment shows that the stream lives."""
_PIECE: Final = 64 << 10
"""Bytes that are sent together, at least."""

READS: Final = 4
"""Reads of logs at the same time, so that no request waits behind those of all who follow one."""

Work = TypeVar("Work")
Read = Callable[[Caller, int], Awaitable[tuple[Work, Sequence[RunLine]]]]
"""Reads what has the log, and its lines after a number."""


async def follow(
    request: Request, caller: Caller, read: Read[Work], end: Callable[[Work], dict[str, object] | None], after: int
) -> Response:
    """Answer with the log. `end` returns what the event of the end has, or None while more lines may come."""
    async with request.app.state.log_reads:
        found = await read(caller, after)
    if not _is_stream(request):
        return json_response([_line(one) for one in found[1]])
    events = _events(request, found, read, end, after)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def line_number(request: Request) -> int:
    """Return the number of the last line that the client has. Errors: InvalidInputError."""
    text = request.query_params.get("after") or (_is_stream(request) and request.headers.get("last-event-id")) or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidInputError("it is not a number", where="after", fix="write the number of a line")
    return int(text)


async def _events(
    request: Request,
    found: tuple[Work, Sequence[RunLine]],
    read: Read[Work],
    end: Callable[[Work], dict[str, object] | None],
    after: int,
) -> AsyncIterator[bytes]:
    """Yield events until the end is reached and its last line is sent, or the client is gone.

    The stream also ends when the server stops, and when the next lines may or can not be read: the client asks again,
    and is told why.
    """
    quiet = 0.0
    while True:
        work, lines = found
        for piece in _pieces(lines):
            yield piece
        after = lines[-1].number if lines else after
        if not lines and (ended := end(work)) is not None:
            yield _event("end", ended)
            return
        if request.app.state.is_stopping:
            return
        if not lines:
            if await request.is_disconnected():
                return
            await asyncio.sleep(_LOOK)
            quiet += _LOOK
            if quiet >= _QUIET:
                quiet = 0.0
                yield b": it goes on\n\n"
        try:
            async with request.app.state.log_reads:
                found = await read(await authenticate_again(request), after)
            if found[1] or end(found[0]) is not None:
                await authenticate_anew(request)
        except LeastwayError as error:
            _log.info("a stream ends: %s", error)
            return


def _pieces(lines: Sequence[RunLine]) -> Iterator[bytes]:
    """Yield the events of lines, many in one piece: each piece takes time of the loop that answers all requests."""
    piece = bytearray()
    for line in lines:
        piece += _event("line", _line(line), line.number)
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _is_stream(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


def _line(line: RunLine) -> dict[str, object]:
    return {"number": line.number, "at": write_time(line.at), "phase": line.phase, "text": line.text}


def _event(kind: str, data: object, number: int | None = None) -> bytes:
    identifier = "" if number is None else f"id: {number}\n"
    return f"event: {kind}\n{identifier}data: {json.dumps(data)}\n\n".encode()
