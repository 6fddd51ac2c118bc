"""Requests to AWS as a proxy sees them: where they go, what they ask for, what they need, and how they are signed.

`Hosts.find` says what a host stands for, `body_rule` whether a body is read first, `read_authorization` and `verify`
check the surrogate's signature, `name_call` gives the operation with the accesses that it needs, `sign` signs what was
judged with the real session, and `error_body` writes a refusal in the protocol of the client.

Nothing here opens a connection or decides whether a call is allowed (`leastway.gateway` does). docs/gateway.md has
the tables.
"""

from leastway.aws.calls.ahead import load_ahead
from leastway.aws.calls.answers import refused_answers, what_is_carried
from leastway.aws.calls.authorization import Authorization, read_authorization, sign, verify
from leastway.aws.calls.call import Access, Call, CallAnswer, Payload, WireProtocol
from leastway.aws.calls.error_body import error_body
from leastway.aws.calls.hosts import Endpoint, Hosts, regions_of
from leastway.aws.calls.models import services_with_prefixes
from leastway.aws.calls.naming import BodyRule, body_rule, claimed_operation, name_call, what_is_asked
from leastway.aws.calls.refusal import RefusalReason, RefusedCall
from leastway.aws.calls.wire import WireRequest

__all__ = [
    "Access",
    "Authorization",
    "BodyRule",
    "Call",
    "CallAnswer",
    "Endpoint",
    "Hosts",
    "Payload",
    "RefusalReason",
    "RefusedCall",
    "WireProtocol",
    "WireRequest",
    "body_rule",
    "claimed_operation",
    "error_body",
    "load_ahead",
    "name_call",
    "read_authorization",
    "refused_answers",
    "regions_of",
    "services_with_prefixes",
    "sign",
    "verify",
    "what_is_asked",
    "what_is_carried",
]
