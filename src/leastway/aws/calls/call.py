"""A call: what a request asks of AWS, the accesses that it needs, and what its answer may carry."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leastway.aws.calls.wire import WireRequest

__all__ = ["Access", "Call", "CallAnswer", "Payload", "WireProtocol"]


_PLACES: Final = re.compile(r"\$(?=\{)")
_SPECIAL: Final = re.compile(r"[*?]|\$(?=\{)")


class WireProtocol(enum.StrEnum):
    """How a request and its errors are written; the values are botocore's names."""

    QUERY = "query"
    EC2 = "ec2"
    JSON = "json"
    REST_JSON = "rest-json"
    REST_XML = "rest-xml"
    CBOR = "smithy-rpc-v2-cbor"


class CallAnswer(enum.StrEnum):
    """What the answer of an operation carries."""

    PLAIN = "plain"
    SURROGATE = "surrogate"
    """Credentials, which the gateway replaces by surrogates."""
    REFUSED = "refused"
    """Credentials: the operation is refused before AWS is called."""
    DATA = "data"
    """A secret that is read as data: the contract decides."""


class Payload(enum.StrEnum):
    """How the body's digest stands in the signature of what is sent."""

    DIGEST = "digest"
    """The body was read, and its SHA-256 is signed."""
    GIVEN = "given"
    """The body is streamed; the digest that the client signed is signed again, and AWS checks it."""
    UNSIGNED = "UNSIGNED-PAYLOAD"
    UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


@dataclass(frozen=True, slots=True)
class Access:
    """One permission that a call needs.

    `resource` is an ARN; an ARN pattern (`is_pattern`) if only its form is known, None if nothing is known. `context`
    has the condition keys that the gateway knows, in lower case; None means that the request certainly lacks the key.
    Every other key is unknown.
    """

    action: str
    resource: str | None
    is_pattern: bool = False
    context: Mapping[str, str | tuple[str, ...] | None] = field(default_factory=dict)

    @property
    def resource_in_policy(self) -> str:
        """The resource as a policy of IAM writes it, where `*`, `?` and `${` of a name are escaped; empty for None.

        Source: IAM User Guide, "IAM policy elements: Variables and tags", "Special characters".
        """
        special = _PLACES if self.is_pattern or self.resource == "*" else _SPECIAL
        return special.sub(lambda found: f"${{{found[0]}}}", self.resource or "")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was named. `request` is rebuilt from what was judged, without a signature.

    `service` is botocore's name. `accesses` is empty if no action is known for the operation. `parameters` are the
    inputs by the names of botocore's model: they may contain secrets, so they are not in its repr.
    """

    service: str
    operation: str
    signing_name: str
    region: str
    protocol: WireProtocol
    accesses: tuple[Access, ...]
    request: WireRequest = field(repr=False)
    parameters: Mapping[str, Any] = field(repr=False)
    payload: Payload = Payload.DIGEST
    answer: CallAnswer = CallAnswer.PLAIN
    json_version: str = ""

    @property
    def name(self) -> str:
        """The operation for a person: `s3 PutObject`."""
        return f"{self.service} {self.operation}"
