"""The judgement of one request of a run: what is sent, what is answered here, or why it is refused.

1. The Authorization header names a surrogate of this run that is alive.
2. The run is alive and awake (`RunSwitch`).
3. The signature is that of the surrogate's secret.
4. The host is one of the run's, and the operation is known by name, with every action and resource that it needs. An
   endpoint of AWS that is not the run's is refused with what the contract or the run lacks.
5. The surrogate of a user's key asks for AssumeRole and GetCallerIdentity, which are answered here. So is S3's
   CreateSession: its surrogate is for one directory bucket, whose calls the role's own session signs, as AWS allows.
   Other operations whose answers carry credentials are refused unless the definition lists them.
6. The contract allows it, for every value of what is not visible here or for some (then AWS decides).
7. The audit entry is begun. While the server commits it, the real session signs, and whoever sends the request opens
   a connection for it.
8. The entry is durable, and the switch is read once more (`Forwarded.withheld`): nothing is sent before both.

A refusal is entered too, whether or not that succeeds. One of steps 1 to 3 names the operation that the request says,
and that nothing of it is verified. Nothing here reads or writes a socket.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from leastway.aws.calls import (
    Authorization,
    Call,
    CallAnswer,
    Hosts,
    RefusedCall,
    WireRequest,
    claimed_operation,
    name_call,
    read_authorization,
    sign,
    verify,
    what_is_carried,
)
from leastway.errors import LeastwayError, internal_error
from leastway.gateway.authority import (
    AskedAuthority,
    AuthorityGoneError,
    CallEntry,
    CredentialsMode,
    Decision,
    RefusedError,
    RunTerms,
)
from leastway.gateway.session_answers import (
    ask_of,
    assume_role_answer,
    caller_identity_answer,
    create_session_answer,
)
from leastway.gateway.surrogates import RealSessions, Surrogate, Surrogates
from leastway.gateway.switch import RunSwitch
from leastway.primitives import Secret

__all__ = ["CODE", "Forwarded", "Judge", "Local", "Refused", "Verdicts"]

CODE = "RefusedByLeastway"
"""The error code of refusals: no SDK and no provider retries a code that it does not know, with a status of 403."""
_log = logging.getLogger("leastway.gateway")

_BUSY = "ServiceUnavailable"
_CLAIMED = " (the operation is what the request says, and not verified)"
_MOST_RECORDED = 10_000
"""Refusals of a run that are recorded: a module that is refused in a loop must not fill the log."""


class Verdicts(Protocol):
    """The verdict under the contract."""

    def decide(self, call: Call, role: str | None, /) -> tuple[Decision, str]:
        """Return who decides about a call with the session of `role` (None: a user's key), and why if refused."""
        ...


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, for the person who reads the module's error. `call` shapes the error body if it is known."""

    code: str
    message: str
    status: int = 403
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A request to send, once `withheld` returns None. `number` is that of its entry.

    `withheld` is called once. It waits until the entry is durable, and returns why nothing may be sent, if that is so.
    """

    request: WireRequest
    number: int
    withheld: Callable[[], Refused | None]


@dataclass(frozen=True, slots=True)
class Local:
    """An answer that the gateway gives itself: XML of the query protocol."""

    body: bytes


class Judge:
    """Judges the requests of one run. Thread-safe."""

    def __init__(
        self,
        terms: RunTerms,
        authority: AskedAuthority,
        switch: RunSwitch,
        hosts: Hosts,
        verdicts: Verdicts,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        learn: Callable[[Sequence[Secret]], None] = lambda _: None,
    ) -> None:
        """Judge by these terms. `learn` is told the secrets of the keys that the run gets; see `Surrogates`."""
        self._terms, self._authority, self._switch = terms, authority, switch
        self.hosts = hosts
        self._verdicts = verdicts
        self._now = now
        self._real = RealSessions(authority, now)
        self.surrogates = Surrogates(terms, self._real, now, learn)
        self._numbers = itertools.count(1)
        self._refused = 0
        self._elsewhere = hosts.elsewhere()

    def hosts_for(self, host: str) -> Hosts | None:
        """Return what knows this host: the run's own endpoints, or all of AWS's, where everything is refused.

        None for a host that is not AWS's.
        """
        if self.hosts.find(host) is not None:
            return self.hosts
        is_known = self.hosts.could_be(host) and self._elsewhere.find(host) is not None
        return self._elsewhere if is_known else None

    def refuse_host(self, host: str, port: int, what: str) -> None:
        """Enter that the run asked for a host which it may not reach."""
        request = WireRequest("CONNECT", host, port, "", "", (), None)
        self._refuse(request, None, "", "CONNECT", what)

    def judge(self, request: WireRequest, refused: RefusedCall | None = None) -> Forwarded | Local | Refused:
        """Return what becomes of a request. It raises nothing: what fails is refused.

        `refused` is why its body was not read, if that is so: then nothing of the body is verified.
        """
        call: Call | None = None
        surrogate: Surrogate | None = None
        try:
            authorization = self._authorization(request)
            surrogate = self._surrogate(authorization)
            if refused is not None:
                names = (refused.service, refused.operation) if refused.service else self._claimed(request)
                return self._refuse(request, surrogate, *names, refused.message, is_verified=False)
            wrong = verify(request, authorization, surrogate.keys, self._now())
            if wrong is not None:
                raise _RefusalError(wrong.message)
            hosts = self.hosts_for(request.host) or self.hosts
            named = name_call(request, hosts, authorization)
            if isinstance(named, RefusedCall):
                return self._refuse(request, surrogate, named.service, named.operation, named.message)
            call = named
            if hosts is not self.hosts:
                raise _RefusalError(self._why_not(call))
            return self._decide(request, call, surrogate)
        except Exception as error:  # noqa: BLE001  # told apart there
            return self._failed(error, request, surrogate, call)

    def _failed(
        self, error: Exception, request: WireRequest, surrogate: Surrogate | None, call: Call | None
    ) -> Refused:
        """Return the refusal for what was raised on the way through the steps."""
        code = CODE
        match error:
            case AuthorityGoneError():
                return Refused(_BUSY, f"leastway: {error.what}", 503, call)
            case RefusedError():
                what = error.what if error.request_id is None else f"{error.what} (request id {error.request_id})"
                code = _code(error)
            case _RefusalError() | LeastwayError():
                what = error.what
            case _:  # a bug is a refusal that says so, never a call that was not judged
                _log.error("a call could not be judged", exc_info=error)
                what = f"{internal_error(error)}; the server's log has more"
        names = (call.service, call.operation) if call is not None else self._claimed(request)
        return self._refuse(request, surrogate, *names, what, call=call, code=code, is_verified=call is not None)

    def _claimed(self, request: WireRequest) -> tuple[str, str]:
        """Return the service and the operation that a request says, without believing it; empty if that is unclear."""
        try:
            return claimed_operation(request, self.hosts_for(request.host) or self.hosts)
        except Exception as error:  # noqa: BLE001  # it is for the log alone, and the refusal is certain
            _log.error("an operation could not be read", exc_info=error)
            return "", ""

    @staticmethod
    def _authorization(request: WireRequest) -> Authorization:
        authorization = read_authorization(request)
        if isinstance(authorization, RefusedCall):
            raise _RefusalError(authorization.message)
        return authorization

    def _surrogate(self, authorization: Authorization) -> Surrogate:
        """Steps 1 and 2. Errors: _RefusalError, KilledError, AsleepError."""
        surrogate = self.surrogates.find(authorization.key_id)
        if surrogate is None:
            raise _RefusalError("the access key is not one of this run, or its session has expired")
        self._switch.check()
        return surrogate

    def _decide(self, request: WireRequest, call: Call, surrogate: Surrogate) -> Forwarded | Local:
        """Steps 5 to 8."""
        is_sts = call.service == "sts"
        if is_sts and call.operation == "GetCallerIdentity" and surrogate.ask is None:
            self._enter(call, surrogate, Decision.ALLOWED)
            return Local(caller_identity_answer(self._authority.identity(call.region)))
        is_assume_role = is_sts and call.operation == "AssumeRole"
        is_bucket_session = call.service == "s3" and call.operation == "CreateSession"
        if surrogate.bucket is not None:
            _check_bucket(call, surrogate.bucket, is_read_only=surrogate.is_read_only)
        if surrogate.ask is None and not is_assume_role:
            raise _RefusalError(
                f"a user's access key is used for AssumeRole and GetCallerIdentity alone, not for {call.name}: "
                "give the provider an assume_role block"
            )
        carried = "" if is_assume_role or is_bucket_session else _carried(call)
        if carried and f"{call.service}:{call.operation}" not in self._terms.credential_operations:
            raise _RefusalError(
                f"the answer to {call.name} has {carried}, which a run does not get: do without it, or list "
                f"{call.service}:{call.operation} with the reason in runner.credential_operations of the definition"
            )
        decision, reason = self._verdicts.decide(call, self._role_of(surrogate))
        if decision is Decision.REFUSED:
            raise _RefusalError(reason)
        if is_assume_role:
            return self._assume(call, surrogate, decision)
        if is_bucket_session:
            return self._bucket_session(call, surrogate, decision)
        assert surrogate.ask is not None  # noqa: S101  # checked above
        is_ours = self._terms.mode is not CredentialsMode.INJECTED
        keys = self._real.get(surrogate.ask, self._switch.current_phase).keys if is_ours else None
        listed = f"its answer has {carried}, which the definition lets the run have" if carried else ""
        entry = self._entry(call, surrogate, decision, listed)
        durable = self._authority.begin_entry(entry)

        def withheld() -> Refused | None:
            try:
                durable()
                self._switch.check()
            except Exception as error:  # noqa: BLE001  # told apart there
                return self._failed(error, request, surrogate, call)
            return None

        return Forwarded(sign(call, keys, self._now()) if keys is not None else request, entry.number, withheld)

    def _why_not(self, call: Call) -> str:
        """Return why an endpoint of AWS is not one of this run's."""
        if call.service not in self.hosts.services:
            return (
                f"the grant's contract allows nothing of {call.service}: if the run needs {call.name}, allow it in a "
                "role of the grant, apply the grant and register it again"
            )
        if call.region not in self.hosts.regions:
            return (
                f"{call.request.host} is in {call.region}, and this run may use "
                f"{', '.join(sorted(self.hosts.regions))}: name the region in the definition's variables"
            )
        return f"{call.request.host} is not an endpoint of a service and region that this run may use"

    def _role_of(self, surrogate: Surrogate) -> str | None:
        """Return the role that a call with this surrogate is made with; None is a user's key."""
        return surrogate.role or self._terms.role

    def _assume(self, call: Call, surrogate: Surrogate, decision: Decision) -> Local:
        ask = ask_of(call.parameters, call.region, surrogate.ask, self._switch.current_phase)
        self._enter(call, surrogate, decision)
        issued = self._real.renew(ask, self._switch.current_phase)
        self._switch.check()
        made = self.surrogates.add(ask, issued, ask.session_name)
        return Local(assume_role_answer(made, self._terms.partition))

    def _bucket_session(self, call: Call, surrogate: Surrogate, decision: Decision) -> Local:
        """Answer CreateSession with a surrogate for the bucket. AWS decides about each call that is signed with it."""
        if self._terms.mode is CredentialsMode.INJECTED:
            raise _RefusalError("a run with injected credentials gets no session of a directory bucket")
        if unknown := sorted(call.parameters.keys() - {"Bucket", "SessionMode"}):
            raise _RefusalError(f"CreateSession with {', '.join(unknown)} is not supported: set it for the bucket")
        bucket, mode = call.parameters.get("Bucket"), call.parameters.get("SessionMode", "ReadWrite")
        if not isinstance(bucket, str) or mode not in ("ReadOnly", "ReadWrite"):
            raise _RefusalError("CreateSession names no bucket, or a mode that is not known")
        self._enter(call, surrogate, decision)
        self._switch.check()
        made = self.surrogates.add_for_bucket(surrogate, bucket, is_read_only=mode == "ReadOnly")
        return Local(create_session_answer(made))

    def _enter(self, call: Call, surrogate: Surrogate, decision: Decision) -> int:
        entry = self._entry(call, surrogate, decision)
        self._authority.enter(entry)
        return entry.number

    def _entry(self, call: Call, surrogate: Surrogate, decision: Decision, reason: str = "") -> CallEntry:
        return CallEntry(
            number=next(self._numbers),
            at=self._now(),
            phase=self._switch.current_phase,
            decision=decision,
            host=call.request.host,
            service=call.service,
            operation=call.operation,
            region=call.region,
            key=surrogate.keys.key_id,
            role=self._role_of(surrogate),
            actions=tuple([each.action for each in call.accesses]),
            resources=tuple([each.resource_in_policy for each in call.accesses]),
            reason=reason,
        )

    def _refuse(
        self,
        request: WireRequest,
        surrogate: Surrogate | None,
        service: str,
        operation: str,
        what: str,
        *,
        call: Call | None = None,
        code: str = CODE,
        is_verified: bool = True,
    ) -> Refused:
        self._refused += 1
        is_claimed = bool(operation) and not is_verified
        if self._refused <= _MOST_RECORDED:
            entry = CallEntry(
                number=next(self._numbers),
                at=self._now(),
                phase=self._switch.current_phase,
                decision=Decision.REFUSED,
                host=request.host,
                service=service,
                operation=operation,
                region=call.region if call is not None else "",
                key=surrogate.keys.key_id if surrogate is not None else "",
                role=self._role_of(surrogate) if surrogate is not None and is_verified else None,
                actions=tuple(each.action for each in call.accesses) if call is not None else (),
                resources=tuple(each.resource_in_policy for each in call.accesses) if call is not None else (),
                reason=what + _CLAIMED if is_claimed else what,
                is_verified=not is_claimed,
            )
            with contextlib.suppress(LeastwayError):
                self._authority.enter(entry)
        return Refused(code, f"leastway: {what}", call=call)


class _RefusalError(Exception):
    """A refusal on the way through the steps."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def _check_bucket(call: Call, bucket: str, *, is_read_only: bool) -> None:
    """Refuse a call that the session of a directory bucket would not open at AWS either. Errors: _RefusalError."""
    if call.service != "s3" or call.parameters.get("Bucket") != bucket:
        raise _RefusalError(f"the session is for the directory bucket {bucket} alone")
    if is_read_only and call.request.method not in ("GET", "HEAD"):
        raise _RefusalError(f"the session of the directory bucket {bucket} is for reading alone")


def _carried(call: Call) -> str:
    """Return in words what the answer of a call has that opens something; empty if it has nothing."""
    if call.answer in (CallAnswer.PLAIN, CallAnswer.DATA):
        return ""
    return what_is_carried(call.service, call.operation) or "credentials"


def _code(error: RefusedError) -> str:
    """Return the code that the client sees: STS's own where STS refused, else ours, which no provider retries."""
    return error.code if error.request_id is not None or error.code != "AccessDenied" else CODE
