"""The address from which calls of this machine arrive, as an echo service sees it.

An echo service, such as https://checkip.amazonaws.com, answers a GET with the caller's address as text. It is asked
only when the user names one. A network can use different addresses for different destinations, so an echo service
outside AWS may see another address than AWS does.
"""

from __future__ import annotations

import ipaddress

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from leastway.aws.connections import UNREACHABLE, ConnectionPools
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import is_loopback, split_web_url, without_user

__all__ = ["outgoing_address"]

_LONGEST = 100


def outgoing_address(url: str) -> str:
    """Return the IP address that the echo service at `url` answers with.

    Errors: InvalidInputError for a URL without https (loopback may use http); LeastwayError if the service cannot be
    reached, its certificate cannot be verified, or its answer is not an address.
    """
    parts = split_web_url(url)
    if parts is None:
        fix = "write it as https://HOST/PATH, without a user"
        raise InvalidInputError(f"{without_user(url)!r} is not the URL of an echo service", fix=fix)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        fix = "name the echo service by an https address"
        raise InvalidInputError("plain http is allowed for loopback only", where=url, fix=fix)
    try:
        answer = ConnectionPools(None).send(AWSRequest("GET", url).prepare())
    except BotoCoreError as error:
        raise LeastwayError("the echo service cannot be reached", where=url, fix=UNREACHABLE) from error
    text = answer.content[:_LONGEST].decode("ascii", "replace").strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise LeastwayError(
            "the echo service did not answer with an IP address", where=url, fix="name one that answers with it as text"
        ) from error
    if answer.status_code != 200:
        raise LeastwayError(f"the echo service answered {answer.status_code}", where=url, fix="name another one")
    return str(address)
