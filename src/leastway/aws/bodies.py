"""Sending a request and reading its response with a size limit, so that an endless body cannot exhaust memory.

botocore reads a body to its end, whatever its length. Here botocore is told that the response is a stream, and the
stream is read here; errors while reading keep the exception types that botocore's retries know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.exceptions import ReadTimeoutError as ReadTimeout

from leastway.errors import LeastwayError
from leastway.primitives import LARGEST_ANSWER

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.httpsession import URLLib3Session

__all__ = ["IN_BETWEEN", "exchange"]

IN_BETWEEN = "check what is between this machine and AWS: HTTPS_PROXY, AWS_ENDPOINT_URL, a network's login page"
"""The fix for a response that does not come from AWS."""


def exchange(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
    """Send the request and return its response with the whole body; LeastwayError if the body is too large."""
    request.stream_output = True
    response = session.send(request)
    try:
        body = b"".join(_chunks(response))
    except ReadTimeout as error:
        raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
    except ProtocolError as error:
        raise ConnectionClosedError(error=error, request=request, endpoint_url=request.url) from error
    except HTTPError as error:
        raise HTTPClientError(error=error) from error
    make: Any = AWSResponse  # the stubs declare another class for the headers
    whole: AWSResponse = make(response.url, response.status_code, response.headers, _Whole(body))
    return whole


def _chunks(response: AWSResponse) -> Iterator[bytes]:
    left = LARGEST_ANSWER
    for chunk in response.raw.stream():
        left -= len(chunk)
        if left < 0:
            response.raw.close()
            raise LeastwayError(
                f"the response is larger than {LARGEST_ANSWER >> 20} MiB, so the rest was not read",
                fix=IN_BETWEEN,
            )
        yield chunk


class _Whole:
    """A body that has already been read."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        """Yield the whole body."""
        yield self._body

    def read(self, amount: int | None = None) -> bytes:
        """Return the next bytes, for operations whose body botocore does not parse (GetObject)."""
        taken = self._body if amount is None else self._body[:amount]
        self._body = self._body[len(taken) :]
        return taken

    def close(self) -> None:
        """Do nothing: the connection has been returned."""
