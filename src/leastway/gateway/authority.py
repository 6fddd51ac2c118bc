"""What a run's gateway asks of the server, and what the server tells it: the `Authority` and the `Orders`.

1. The gateway never has a wrapping key or a long-term key. Sessions come from `Authority.session`; who a user's key
   belongs to comes from `Authority.identity`.
2. `enter` returns once the audit entry of a call is durable. Nothing leaves the gateway before that.
3. An answer that does not come is a refusal: every method raises AuthorityGoneError while the server cannot be reached.
4. After `Orders.killed` nothing is signed again in this run. While it sleeps, nothing is signed.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from leastway.errors import LeastwayError
from leastway.ports import CallerIdentity, IssuedSession

__all__ = [
    "AskedAuthority",
    "Authority",
    "AuthorityGoneError",
    "CallEntry",
    "CallOutcome",
    "CredentialsMode",
    "Decision",
    "Orders",
    "RefusedError",
    "RunTerms",
    "SessionAsk",
    "StateAnswer",
    "StateRequest",
]


class AuthorityGoneError(LeastwayError):
    """The server cannot be reached or did not answer in time, so nothing is signed."""


class RefusedError(LeastwayError):
    """The server or STS refused. `code` is AWS's error code if STS refused, with the id of that request."""

    def __init__(self, what: str, *, code: str = "AccessDenied", request_id: str | None = None, fix: str | None = None):
        super().__init__(what, fix=fix)
        self.code = code
        self.request_id = request_id


class CredentialsMode(enum.Enum):
    """What the run gets as credentials."""

    SURROGATE = "surrogate"
    """Keys that open nothing; the gateway signs."""
    INJECTED = "injected"
    """Real temporary credentials; the gateway checks and forwards what the run signed."""


class Decision(enum.Enum):
    """Who decided about a call."""

    ALLOWED = "allowed"
    """The contract allows it for every value of what the gateway cannot know."""
    DECIDED_BY_AWS = "decided-by-aws"
    """The contract allows it for some of these values: AWS decides."""
    OBSERVED = "observed"
    """No contract is enforced in this run, or the operation is not known and the run only observes."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RunTerms:
    """What a run's gateway may do, as the server tells it when it reports.

    `contract` is the contract of the account as JSON (`proof.ContractDocument`), which `enforce` makes binding; None if
    it is not known. `role` is the role that the run has from the start (an account with a role of its own); None if the
    account keeps a user's access key, whose surrogate signs AssumeRole and GetCallerIdentity and nothing else.
    `services` and `regions` bound where the run may go; no services means every service that botocore knows.
    `credential_operations` are operations whose answers carry credentials, which the definition lists with a reason, as
    `ecr:GetAuthorizationToken`. `pass_hosts` may be reached, with the run's own TLS, in the phases that fetch modules
    and providers.
    """

    run: str
    organization: str
    account: str
    partition: str
    aws_account: str
    regions: tuple[str, ...]
    services: tuple[str, ...] = ()
    role: str | None = None
    mode: CredentialsMode = CredentialsMode.SURROGATE
    enforce: bool = True
    contract: str | None = None
    credential_operations: tuple[str, ...] = ()
    pass_hosts: tuple[str, ...] = ()
    source_ip: str | None = None
    """The address that AWS sees, if the operator told it: contracts allow the platform's addresses alone."""
    phase: str = "plan"
    asleep: str | None = None
    """Why nothing is signed for the moment; None if the run is awake."""
    killed: str | None = None
    """Why nothing is signed any more; None if the run is alive."""


@dataclass(frozen=True, slots=True)
class SessionAsk:
    """One AssumeRole that the run asks for, field for field.

    `via` is the role of the session that signs it; None is the account's own key or identity, and a role of None asks
    for the session of the account's own role. `phase` lets the server choose a read-only role while planning.
    """

    role: str | None
    region: str
    session_name: str | None = None
    external_id: str | None = None
    duration: int | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    via: SessionAsk | None = None
    phase: str = "plan"


@dataclass(frozen=True, slots=True)
class CallEntry:
    """One AWS call as it is judged, before it is sent. It holds no parameters and no bodies.

    `number` counts the calls of a run. `key` is the id of the surrogate key, `role` the role of its session. Each of
    `actions` has its resource at the same place, an ARN or a pattern of one as a policy of IAM writes it; empty if the
    request does not show it. If not `is_verified`, the operation is what a refused request says, which anybody may have
    sent: it has no role then.
    """

    number: int
    at: datetime
    phase: str
    decision: Decision
    host: str
    service: str
    operation: str
    region: str
    key: str
    role: str | None
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    reason: str = ""
    is_verified: bool = True


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What AWS answered to the call of this number: a status, its error code, its request id. No status: no answer."""

    number: int
    status: int | None
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class StateRequest:
    """One request of Terraform's http backend: `query` has the id of the lock."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """The answer to it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


class Authority(Protocol):
    """The server, as the gateway of one run sees it. Thread-safe. Every method may raise AuthorityGoneError."""

    def session(self, ask: SessionAsk, /) -> IssuedSession:
        """Return the session that was asked for; it is recorded first. Errors: RefusedError."""
        ...

    def identity(self, region: str, /) -> CallerIdentity:
        """Return whose key the account keeps. Errors: RefusedError."""
        ...

    def enter(self, entry: CallEntry, /) -> None:
        """Return once the audit entry of this call is durable; a refused call is entered too, before its answer.

        Errors: RefusedError, e.g. if a kill switch is on.
        """
        ...

    def answered(self, outcome: CallOutcome, /) -> None:
        """Record what AWS answered. Nobody waits for it, and it raises nothing."""
        ...

    def state(self, request: StateRequest, /) -> StateAnswer:
        """Answer a request of Terraform's http backend."""
        ...

    def renew(self) -> None:
        """Renew the run's lease. Errors: RefusedError if another attempt has taken over, which ends this one."""
        ...


class AskedAuthority(Authority, Protocol):
    """The server as a gateway asks it: the answer about an entry can be awaited later."""

    def begin_entry(self, entry: CallEntry, /) -> Callable[[], None]:
        """Ask for what `enter` does; the returned function waits for it, once.

        Errors, here or there: RefusedError, AuthorityGoneError.
        """
        ...


class Orders(Protocol):
    """What the server pushes to the gateway of a run. None of these waits for the work that it causes."""

    def killed(self, reason: str, /) -> None:
        """Cut every call in flight and refuse all later ones, for good."""
        ...

    def asleep(self, reason: str, /) -> None:
        """Refuse to sign until `awake`, e.g. while a plan waits for approval."""
        ...

    def awake(self) -> None:
        """Sign again."""
        ...

    def phase(self, name: str, /) -> None:
        """The run enters another phase: plan, apply or destroy."""
        ...
