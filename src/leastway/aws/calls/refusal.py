"""Why a request is refused before AWS is called."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.shown import shown

__all__ = ["RefusalError", "RefusalReason", "RefusedCall"]


class RefusalReason(enum.StrEnum):
    """What was wrong; the values stand in logs and in the documentation."""

    HOST = "host"
    """The host is not an endpoint of a service, region and partition that the run may use."""
    HOST_HEADER = "host-header"
    METHOD = "method"
    PATH = "path"
    QUERY = "query"
    HEADERS = "headers"
    LENGTH = "length"
    BODY = "body"
    UNSIGNED = "unsigned"
    PRESIGNED = "presigned"
    FORM_UPLOAD = "form-upload"
    SIGV4A = "sigv4a"
    SIGNATURE = "signature"
    """The signature was not made with the surrogate's secret, or its date is off."""
    SCOPE = "scope"
    """The credential scope names another service, region or date than the request."""
    SIGNED_CHUNKS = "signed-chunks"
    EVENT_STREAM = "event-stream"
    OPERATION = "operation"
    """No operation of the service fits the request."""
    ACCOUNT = "account"
    """The request names another account than the grant's."""
    CREDENTIALS = "credentials"
    """The answer would carry credentials."""


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """A request that is not sent. `message` is a sentence for the person who wrote the module, without secrets."""

    reason: RefusalReason
    message: str
    service: str = ""
    operation: str = ""


class RefusalError(LeastwayError):
    """A refusal inside this package; `name_call` and the others return it as a RefusedCall."""

    def __init__(self, reason: RefusalReason, message: str, service: str = "", operation: str = "") -> None:
        text = shown(message)  # parts of the request stand in it
        super().__init__(text)
        self.refused = RefusedCall(reason, text, service, operation)
