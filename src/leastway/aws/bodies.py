"""Sending a request and reading its answer within bounds: a body without end is given up before memory is gone.

botocore reads a body to its end, whatever its length. Here it is told that the answer is a stream, and the stream is
read in its place; what may go wrong meanwhile keeps the names that botocore's retries know.
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

IN_BETWEEN = "see what stands between here and AWS: HTTPS_PROXY, AWS_ENDPOINT_URL, the login page of a network"
"""The way out where an answer is not of AWS."""


def exchange(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
    """Send the request and return its answer with all of the body; LeastwayError where that is too long."""
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
    make: Any = AWSResponse  # the stubs want another class of headers than an answer has
    whole: AWSResponse = make(response.url, response.status_code, response.headers, _Whole(body))
    return whole


def _chunks(response: AWSResponse) -> Iterator[bytes]:
    left = LARGEST_ANSWER
    for chunk in response.raw.stream():
        left -= len(chunk)
        if left < 0:
            response.raw.close()
            raise LeastwayError(
                f"the answer has more than {LARGEST_ANSWER >> 20} MiB, and was not read to its end",
                fix=IN_BETWEEN,
            )
        yield chunk


class _Whole:
    """A body that was read already."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        """Yield all of it."""
        yield self._body
